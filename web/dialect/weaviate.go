package dialect

// weaviate is the container behind Weaviate's reranker-transformers, known by its property, which may be empty, without a
// model. Scores come in the order of the documents: its client goes by place. An error that is not a string breaks it.
//
//	{"query", "documents", "property"}
func weaviate() Form {
	return Form{
		Name:   "Weaviate",
		Limits: Limits{Documents: 1000},
		fits:   func(o *object) bool { return o.is("property", "a string") && !o.has("model") },
		decode: func(o *object) Job { return Job{Task: task(o, "documents"), Property: o.text("property")} },
		encode: func(j Job, r Result) any {
			a := weaviateAnswer{Query: j.Task.Query, Scores: make([]weaviateItem, len(r.Scores)), Property: j.Property}
			for i, s := range r.inOrder() {
				a.Scores[i] = weaviateItem{j.Task.Documents[s.Index], j.value(s)}
			}
			return a
		},
		refuse: errorText,
	}
}

type weaviateAnswer struct {
	Query    string         `json:"query"`
	Scores   []weaviateItem `json:"scores"`
	Property string         `json:"property"`
}

type weaviateItem struct {
	Document string  `json:"document"`
	Score    float64 `json:"score"`
}
