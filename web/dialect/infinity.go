package dialect

// infinity is https://github.com/michaelfeil/infinity, known by raw_scores beside documents, or by its path. Documents come
// back as strings, and an object that is not "rerank" breaks its client.
//
//	{"model", "query", "documents", "top_n", "return_documents", "raw_scores"}
func infinity() Form {
	return Form{
		Name:   "Infinity",
		Limits: Limits{Documents: 2048},
		fits:   func(o *object) bool { return o.has("raw_scores") && !o.has("texts") },
		decode: func(o *object) Job {
			j := decodeFlat(o)
			j.Raw = o.flag("raw_scores", false)
			return j
		},
		encode: func(j Job, r Result) any {
			a := infinityAnswer{Object: "rerank", Results: items(j, r, asString), Model: r.Model, ID: "infinity-" + r.RequestID, Created: r.Created}
			a.Usage.PromptTokens, a.Usage.TotalTokens = r.Tokens, r.Tokens
			return a
		},
	}
}

type infinityAnswer struct {
	Object  string `json:"object"`
	Results []item `json:"results"`
	Model   string `json:"model"`
	Usage   struct {
		PromptTokens int `json:"prompt_tokens"`
		TotalTokens  int `json:"total_tokens"`
	} `json:"usage"`
	ID      string `json:"id"`
	Created int64  `json:"created"`
}
