package dialect

// dashscope is qwen3-rerank at DashScope's own address, where request and answer are nested.
//
//	{"model", "input": {"query", "documents"}, "parameters": {"top_n", "instruct", "return_documents"}}
func dashscope() Form {
	return Form{
		Name:   "DashScope",
		Limits: dashscopeLimits(),
		key:    "input.documents",
		fits:   func(o *object) bool { return o.is("input", "an object") },
		decode: func(o *object) Job {
			j := decodeFlat(o.object("parameters"))
			j.Model, j.Task.Query, j.Task.Documents = o.text("model"), o.object("input").content("query"), o.object("input").contents("documents")
			return j
		},
		encode: func(j Job, r Result) any {
			a := dashscopeAnswer{RequestID: r.RequestID, Output: results{items(j, r, asObject)}}
			a.Usage.TotalTokens = r.Tokens
			return a
		},
	}
}

// dashscopeLimits are those that the service states for qwen3-rerank.
func dashscopeLimits() Limits {
	return Limits{Documents: 500, Query: 4000, Document: 4000, Request: 120_000}
}

type dashscopeAnswer struct {
	RequestID string  `json:"request_id"`
	Output    results `json:"output"`
	Usage     struct {
		TotalTokens int `json:"total_tokens"`
	} `json:"usage"`
}
