package dialect

import "github.com/quern-search/quern/rerank"

// What several forms have in common: how the texts of a request are read, and the parts of answers.

// task reads the texts of a request. Every spelling of the instruction that some service has will do.
func task(o *object, documents string) rerank.Task {
	var fields []string
	if o.has("rank_fields") { // Cohere's version 1, and Mixedbread
		fields = o.contents("rank_fields")
	}
	return rerank.Task{
		Query:     o.content("query"),
		Documents: o.contents(documents, fields...),
		Instruct:  o.text("instruct", "instruction", "task"),
	}
}

// An item is one document of most answers.
type item struct {
	Index          int     `json:"index"` // in the request
	RelevanceScore float64 `json:"relevance_score"`
	Document       any     `json:"document,omitempty"` // only where the request asked for it
}

func items(j Job, r Result, echo func(string) any) []item {
	all := make([]item, len(r.Scores))
	for i, s := range r.Scores {
		all[i] = item{Index: s.Index, RelevanceScore: j.value(s)}
		if j.ReturnDocuments {
			all[i].Document = echo(j.Task.Documents[s.Index])
		}
	}
	return all
}

// A document is one that comes back as an object.
type document struct {
	Text string `json:"text"`
}

func asObject(text string) any { return document{text} }

func asString(text string) any { return &text } // not left out where it is empty

// A usage is what OpenAI's clients read. A reranker writes nothing.
type usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`
}

func usageOf(r Result) usage { return usage{PromptTokens: r.Tokens, TotalTokens: r.Tokens} }

// A meta is Cohere's usage.
type meta struct {
	APIVersion  apiVersion  `json:"api_version"`
	BilledUnits billedUnits `json:"billed_units"`
	Tokens      metaTokens  `json:"tokens"`
}

type apiVersion struct {
	Version string `json:"version"`
}

type billedUnits struct {
	SearchUnits int `json:"search_units"`
}

type metaTokens struct {
	Input  int `json:"input_tokens"`
	Output int `json:"output_tokens"`
}

// searchUnit is how many documents Cohere bills as one search.
const searchUnit = 100

func metaOf(version string, j Job, r Result) meta {
	units := (len(j.Task.Documents) + searchUnit - 1) / searchUnit
	return meta{apiVersion{version}, billedUnits{units}, metaTokens{Input: r.Tokens}}
}
