package dialect

import (
	"cmp"
	"slices"
	"strings"

	"github.com/quern-search/quern/rerank"
)

// A Job is what a request asks, whatever the form in which it came.
type Job struct {
	Model           string      // as the client calls it; may be empty
	Task            rerank.Task // Query is empty where Queries are given
	Queries         []string    // one for each document, in the forms that judge pairs; nil: Task.Query is for all
	TopN            int         // how many results to answer; 0: all
	ReturnDocuments bool        // whether the answer repeats the texts
	Raw             bool        // whether scores are to be logits
	Whole           bool        // whether a text that is too long is an error, rather than cut
	MaxTokens       int         // to read of each document; 0: as many as the form allows
	Property        string      // what Weaviate calls the documents
}

// A Result is what came of a Job, before it takes a form.
type Result struct {
	RequestID string
	Model     string         // that judged
	Created   int64          // seconds since 1970
	Scores    []rerank.Score // the best first, at most Job.TopN
	Tokens    int            // read, for all documents and not only for those in Scores
}

// Limits are what a form allows in a request; 0: no bound of its own.
type Limits struct {
	Documents int // entries
	Query     int // tokens; what is longer is cut, or refused
	Document  int // tokens; what is longer is cut
	Request   int // tokens: those of the query for each document, and those of the documents; more is refused
}

// check refuses what no form may ask.
func (f Form) check(j Job) error {
	key := cmp.Or(f.key, "documents")
	switch n := len(j.Task.Documents); {
	case n == 0:
		return empty("%s is empty: give 1 to %d documents", key, f.Limits.Documents)
	case n > f.Limits.Documents:
		return invalid("%s has %d entries: give at most %d in one request", key, n, f.Limits.Documents)
	}
	queries := j.Queries
	if queries == nil {
		queries = []string{j.Task.Query}
	}
	for _, q := range queries {
		if strings.TrimSpace(q) == "" {
			return empty("query is empty: say what the documents are to answer")
		}
	}
	return nil
}

// TokenLimits are the bounds of the texts of j.
func (f Form) TokenLimits(j Job) rerank.Limits {
	l := rerank.Limits{Query: f.Limits.Query, Document: f.Limits.Document}
	if j.MaxTokens > 0 && (l.Document == 0 || j.MaxTokens < l.Document) {
		l.Document = j.MaxTokens
	}
	return l
}

// CheckTokens refuses a job that has too many tokens by its counts, one for each of its parts. Strict refuses a long query
// too, which is cut otherwise.
func (f Form) CheckTokens(j Job, counts []rerank.Count, strict bool) error {
	asked, cut := 0, 0
	for _, c := range counts {
		asked += c.Tokens
		cut += c.Cut
		if strict && c.LongQuery && f.Limits.Query > 0 {
			return invalid("query has more than %s tokens: shorten it", thousands(f.Limits.Query))
		}
	}
	if most := f.Limits.Request; most > 0 && asked > most {
		return invalid("the request has %s tokens, those of the query counted once for each document: give at most %s, in several requests",
			thousands(asked), thousands(most))
	}
	if j.Whole && cut > 0 {
		return invalid("texts that are longer than the model reads: %d: shorten them, or let them be truncated", cut)
	}
	return nil
}

// A Part of a job is a task with one query. Places has for each of its documents the place in the job.
type Part struct {
	Task   rerank.Task
	Places []int
}

// Parts takes a job apart into tasks, one for each query that differs, in the order in which they come.
func (j Job) Parts() []Part {
	if j.Queries == nil {
		p := Part{Task: j.Task, Places: make([]int, len(j.Task.Documents))}
		for i := range p.Places {
			p.Places[i] = i
		}
		return []Part{p}
	}
	var parts []Part
	at := map[string]int{}
	for i, q := range j.Queries {
		n, ok := at[q]
		if !ok {
			n = len(parts)
			at[q] = n
			parts = append(parts, Part{Task: rerank.Task{Query: q, Instruct: j.Task.Instruct}})
		}
		parts[n].Task.Documents = append(parts[n].Task.Documents, j.Task.Documents[i])
		parts[n].Places = append(parts[n].Places, i)
	}
	return parts
}

// value is a score as the job wants it.
func (j Job) value(s rerank.Score) float64 {
	if j.Raw {
		return s.Logit
	}
	return s.Relevance()
}

// inOrder returns all scores in the order of the documents.
func (r Result) inOrder() []rerank.Score {
	return slices.SortedFunc(slices.Values(r.Scores), func(a, b rerank.Score) int { return a.Index - b.Index })
}
