package dialect

// cohere2 is version 2 of Cohere's API, whose path is its own; version 1 is part of flat. It has no key return_documents,
// but LiteLLM sends it and hands on what comes. vLLM answers at this path too, so model and usage are there as well.
//
//	{"model", "query", "documents", "top_n", "max_tokens_per_doc"}
func cohere2() Form {
	return Form{
		Name:   "Cohere 2",
		Limits: Limits{Documents: 1000, Document: 4096},
		decode: decodeFlat,
		encode: func(j Job, r Result) any {
			return cohereAnswer{r.RequestID, items(j, r, asObject), metaOf("2", j, r), r.Model, usageOf(r)}
		},
	}
}

type cohereAnswer struct {
	ID      string `json:"id"`
	Results []item `json:"results"`
	Meta    meta   `json:"meta"`
	Model   string `json:"model"`
	Usage   usage  `json:"usage"`
}
