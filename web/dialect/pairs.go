package dialect

import "github.com/quern-search/quern/rerank"

// The forms that judge pairs: a query for each document, or one for all. Scores come in the order of the pairs.

// deepinfra is DeepInfra's, which has the model in its path.
//
//	{"queries", "documents", "instruction"}
func deepinfra() Form {
	return Form{
		Name:   "DeepInfra",
		Limits: Limits{Documents: 1000},
		decode: func(o *object) Job { return pairs(o, o.oneOrMore("queries"), o.oneOrMore("documents")) },
		encode: func(j Job, r Result) any { return deepinfraAnswer{values(j, r), r.Tokens} },
	}
}

type deepinfraAnswer struct {
	Scores      []float64 `json:"scores"`
	InputTokens int       `json:"input_tokens"`
}

// antfly is Antfly's, known by its prompts.
//
//	{"model", "query", "prompts"}
func antfly() Form {
	return Form{
		Name:   "Antfly",
		Limits: Limits{Documents: 1000},
		key:    "prompts",
		fits:   func(o *object) bool { return o.has("prompts") },
		decode: func(o *object) Job { return Job{Model: o.text("model"), Task: task(o, "prompts")} },
		encode: func(j Job, r Result) any {
			a := antflyAnswer{Object: "list", Model: r.Model, Scores: values(j, r), Data: make([]scoreItem, len(r.Scores))}
			for i, s := range r.Scores {
				a.Data[i] = scoreItem{s.Index, "rerank", j.value(s)}
			}
			return a
		},
	}
}

type antflyAnswer struct {
	Object string      `json:"object"`
	Model  string      `json:"model"`
	Data   []scoreItem `json:"data"`   // the best first
	Scores []float64   `json:"scores"` // in the order of the prompts
}

// pairs matches two lists.
func pairs(o *object, queries, documents []string) Job {
	j := Job{
		Model: o.text("model"),
		Task:  rerank.Task{Documents: documents, Instruct: o.text("instruct", "instruction")},
	}
	switch {
	case len(queries) == 0:
		// Job has an empty query, which is refused
	case len(queries) == 1:
		j.Task.Query = queries[0]
	case len(queries) == len(documents):
		j.Queries = queries
	default:
		o.fail("there are %d queries and %d documents: give one query, or as many as documents", len(queries), len(documents))
	}
	return j
}

func values(j Job, r Result) []float64 {
	all := make([]float64, len(r.Scores))
	for i, s := range r.inOrder() {
		all[i] = j.value(s)
	}
	return all
}
