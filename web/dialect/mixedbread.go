package dialect

// mixedbread is Mixedbread's, known by an input that is a list: that of DashScope is an object.
//
//	{"model", "query", "input", "top_k", "return_input"}
func mixedbread() Form {
	return Form{
		Name:   "Mixedbread",
		Limits: Limits{Documents: 1000},
		key:    "input",
		fits:   func(o *object) bool { return o.is("input", "a list") },
		decode: func(o *object) Job {
			return Job{
				Model:           o.text("model"),
				Task:            task(o, "input"),
				TopN:            o.count("top_k", "top_n"),
				ReturnDocuments: o.flag("return_input", false),
			}
		},
		encode: func(j Job, r Result) any {
			a := mixedbreadAnswer{
				Model: r.Model, Object: "list", Usage: usageOf(r), TopK: len(r.Scores), ReturnInput: j.ReturnDocuments,
				Data: make([]mixedbreadItem, len(r.Scores)),
			}
			for i, s := range r.Scores {
				a.Data[i] = mixedbreadItem{Index: s.Index, Score: j.value(s), Object: "rank_result"}
				if j.ReturnDocuments {
					a.Data[i].Input = &j.Task.Documents[s.Index]
				}
			}
			return a
		},
	}
}

type mixedbreadAnswer struct {
	Usage       usage            `json:"usage"`
	Model       string           `json:"model"`
	Data        []mixedbreadItem `json:"data"`
	Object      string           `json:"object"`
	TopK        int              `json:"top_k"`
	ReturnInput bool             `json:"return_input"`
}

type mixedbreadItem struct {
	Index  int     `json:"index"`
	Score  float64 `json:"score"`
	Input  *string `json:"input"` // null: not asked for
	Object string  `json:"object"`
}
