package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/retrieve/query"
)

// fixed is a Retriever that finds the same candidates whatever the query.
type fixed []retrieve.Candidate

func (f fixed) Search(_ context.Context, r retrieve.Request) (retrieve.Result, error) {
	if r.Text == "unreadable" {
		return retrieve.Result{}, errUnreadable
	}
	return retrieve.Result{Query: query.Plain(r.Text), Candidates: f[:min(r.K, len(f))], Total: len(f)}, nil
}

func (f fixed) Snippet(q query.Query, c retrieve.Candidate) string {
	return fmt.Sprintf("<mark>%s</mark> in %s", q, c.Document.ID)
}

func (f fixed) Highlights(q query.Query, c retrieve.Candidate, n int) []string {
	return slices.Repeat([]string{f.Snippet(q, c)}, n)
}

func (f fixed) Title(_ query.Query, c retrieve.Candidate) string {
	return "<mark>" + c.Document.Title + "</mark>"
}

var errUnreadable = errors.New("the index is damaged")

// found returns n candidates d1, d2, ... whose BM25 scores are n, n-1, ..., 1.
func found(n int) fixed {
	f := make(fixed, n)
	for i := range f {
		id := fmt.Sprintf("d%d", i+1)
		f[i] = retrieve.Candidate{
			Document: index.Document{ID: id, Title: "Title of " + id, Body: "body"},
			Rank:     i + 1,
			Score:    float64(n - i),
		}
	}
	return f
}

// number is the n of a document "Title of dn...".
func number(document string) (n int) {
	fmt.Sscanf(document, "Title of d%d", &n)
	return n
}

// upsideDown prefers what BM25 put last: document dn has logit n.
func upsideDown(_ rerank.Task, document string) float64 { return float64(number(document)) }

// search answers q by a new Pipeline.
func search(t *testing.T, cfg pipeline.Config, q pipeline.Query) pipeline.Answer {
	t.Helper()
	a, err := open(t, cfg).Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func open(t *testing.T, cfg pipeline.Config) *pipeline.Pipeline {
	t.Helper()
	p, err := pipeline.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ids shows hits as "d3* d1* d2", with a star where the model has judged.
func ids(hits []pipeline.Hit) string {
	var list []string
	for _, h := range hits {
		star := ""
		if h.Rerank != nil {
			star = "*"
		}
		list = append(list, h.ID+star)
	}
	return strings.Join(list, " ")
}
