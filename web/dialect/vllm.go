package dialect

// vllm is what vLLM, and those who send to any OpenAI-compatible server, ask at /rerank. It is flat without the limits of a
// service.
//
//	{"model", "query", "documents", "top_n", "instruction", "max_tokens_per_doc"}
func vllm() Form {
	return Form{Name: "vLLM", Limits: Limits{Documents: 1000}, decode: decodeFlat, encode: superset(asObject)}
}

// score is vLLM's, under any of the names that its two lists have had.
//
//	{"model", "text_1", "text_2"}, each a string or a list
func score() Form {
	return Form{
		Name:   "vLLM score",
		Limits: Limits{Documents: 1000},
		decode: func(o *object) Job {
			return pairs(o, o.oneOrMore("text_1", "queries", "data_1"), o.oneOrMore("text_2", "documents", "items", "data_2"))
		},
		encode: func(j Job, r Result) any {
			a := scoreAnswer{ID: r.RequestID, Object: "list", Created: r.Created, Model: r.Model, Usage: usageOf(r)}
			a.Data = make([]scoreItem, len(r.Scores))
			for i, s := range r.inOrder() {
				a.Data[i] = scoreItem{s.Index, "score", j.value(s)}
			}
			return a
		},
	}
}

type scoreAnswer struct {
	ID      string      `json:"id"`
	Object  string      `json:"object"`
	Created int64       `json:"created"`
	Model   string      `json:"model"`
	Data    []scoreItem `json:"data"`
	Usage   usage       `json:"usage"`
}

type scoreItem struct {
	Index  int     `json:"index"`
	Object string  `json:"object"`
	Score  float64 `json:"score"`
}
