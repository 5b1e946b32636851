package dialect

// ollama is the rerank call that Ollama was to have, and that plugins for it make. Their errors are a string, as all of
// Ollama's are.
//
//	{"model", "query", "documents", "top_n", "return_documents"}
func ollama() Form {
	return Form{
		Name:   "Ollama",
		Limits: Limits{Documents: 1000},
		decode: decodeFlat,
		encode: func(j Job, r Result) any { return ollamaAnswer{r.Model, items(j, r, asObject)} },
		refuse: errorText,
	}
}

type ollamaAnswer struct {
	Model   string `json:"model"`
	Results []item `json:"results"`
}
