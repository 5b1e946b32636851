// Package rerank holds the contract between a search and the models that judge its candidates.
//
// A [Scorer] reads a [Task] (one query, some documents, an instruction) and yields one [Score] a document. [Rank] runs a
// Scorer, checks what it says and sorts it; [Checked] is the same check for callers that want each score as it comes.
// [Probe] finds out whether a model can judge at all, and [CountTokens] how many tokens a Task has.
// The prompt that a Qwen3-Reranker reads is written in prompt.go and nowhere else.
//
// The package imports the standard library only. Implementations are rerank/qwen3 (in process), rerank/ollama and
// rerank/remote (which ask a server). Read next: package rerank/reranktest, the suite that every implementation passes, and
// rerank/qwen3.
package rerank

import (
	"context"
	"iter"
	"math"
)

// DefaultInstruct is the instruction that an empty Task.Instruct stands for: the text of the model card of
// Qwen3-Reranker, which has no final period. (The same text with a period is another prompt and gives other scores.)
const DefaultInstruct = "Given a web search query, retrieve relevant passages that answer the query"

// A Task asks how well each of Documents answers Query.
type Task struct {
	Query     string
	Documents []string
	Instruct  string // what "relevant" means here, in English; empty: DefaultInstruct
}

// Instruction returns the instruction in force: t.Instruct, or DefaultInstruct where it is empty.
func (t Task) Instruction() string {
	if t.Instruct == "" {
		return DefaultInstruct
	}
	return t.Instruct
}

// A Score is a model's judgment of one document.
type Score struct {
	Index  int     // position in Task.Documents
	Logit  float64 // logit(yes) - logit(no), natural log units: the sort key
	Tokens int     // prompt tokens read for this document, 0 if unknown
}

// Relevance is the probability of "yes" against "no": 1/(1+e^-Logit), in 0..1. Two documents whose relevance prints
// as 1.0 can still differ in Logit, so sort by Logit.
func (s Score) Relevance() float64 { return 1 / (1 + math.Exp(-s.Logit)) }

// minRelevance bounds what [LogitOf] takes as certain: backends that answer only a relevance round it to 0 or 1,
// whose logits are infinite. 1e-7 is the resolution of a float32 near 1.
const minRelevance = 1e-7

// LogitOf turns a relevance in 0..1, as remote rerank APIs answer it, into a logit: ln(p/(1-p)), with p clipped to
// [1e-7, 1-1e-7]. A NaN stays a NaN, for [Checked] to refuse.
func LogitOf(relevance float64) float64 {
	p := min(max(relevance, minRelevance), 1-minRelevance)
	return math.Log(p / (1 - p))
}

// A Model says what judges.
type Model struct {
	Name        string  // as people know it: "quern-tiny", "Qwen3-Reranker-0.6B"
	Kind        string  // how it runs: "qwen3" in process, "ollama", "remote", "fake"
	Fingerprint string  // changes whenever scores could; a key for cached scores; empty: unknown, do not cache
	Context     int     // tokens that one prompt may hold; 0: unknown
	Blend       float64 // weight of relevance beside BM25 that the model's card recommends, 0..1; 0: no word on it, so 1
}

// A Fact is one line of what is known about a model, for people: Name "server", Value "http://127.0.0.1:11434, version 0.24.0".
type Fact struct{ Name, Value string }

// A Scorer judges every document of a task. It yields each score as soon as it is known, in any order, and ends with
// an error if some document has none. Scores yielded before an error stay valid. It stops soon after ctx ends, and
// then yields ctx's error unless every document is judged. An empty list of documents yields nothing.
//
// Model answers at once, from what is known already. A Scorer is safe for concurrent use. Callers reach it through [Rank] or [Checked], which verify what it yields.
// See rerank/qwen3 for one in process and rerank/reranktest for a fake.
type Scorer interface {
	Model() Model
	Score(ctx context.Context, t Task) iter.Seq2[Score, error]
}
