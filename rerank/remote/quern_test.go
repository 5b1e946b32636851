package remote_test

import (
	"math"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/qwen3"
	"github.com/quern-search/quern/rerank/remote"
	"github.com/quern-search/quern/rerank/reranktest"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/web"
)

func tiny(t testing.TB) *qwen3.Engine {
	t.Helper()
	file, size := fixtures.Model()
	e, err := qwen3.New(file, size, qwen3.Config{})
	check(t, err)
	return e
}

// serveQuern runs a real quern with model on a loopback address, and returns its URL.
func serveQuern(t testing.TB, model rerank.Scorer) string {
	t.Helper()
	x, err := index.Create("", index.Config{})
	check(t, err)
	t.Cleanup(func() { x.Close() })
	bm25, err := retrieve.New(x, retrieve.Config{})
	check(t, err)
	search, err := pipeline.New(pipeline.Config{Retriever: bm25, Scorer: model})
	check(t, err)
	server, err := web.New(web.Config{Search: search, Documents: x, Rerank: search, Version: "1.2.3"})
	check(t, err)
	s := httptest.NewServer(server.Handler())
	t.Cleanup(s.Close)
	return s.URL
}

func TestScorerAgainstARealQuern(t *testing.T) {
	url := serveQuern(t, tiny(t))
	reranktest.TestScorer(t, func(t *testing.T) rerank.Scorer {
		return open(t, remote.Config{URL: url})
	})
}

// What another quern answers is what it computes: the way through JSON costs no digit that counts.
func TestAgreesWithTheEngineBehindAQuern(t *testing.T) {
	engine := tiny(t)
	c := open(t, remote.Config{URL: serveQuern(t, engine), Batch: 5})
	task := rerank.Task{Query: "how do I get a red wine stain out", Instruct: "Given a question, retrieve household advice"}
	for _, page := range articles(t) {
		if task.Documents = append(task.Documents, page.Body); len(task.Documents) == 12 {
			break
		}
	}
	reranktest.TestAgreement(t, c, engine, []rerank.Task{task}, 1e-6)
}

// Whoever takes a quern for another server gets the same scores from it, in that server's form.
func TestAgreesInEveryDialect(t *testing.T) {
	engine := tiny(t)
	url := serveQuern(t, engine)
	task := rerank.Task{Query: "how do I get a red wine stain out"}
	for _, page := range articles(t)[:4] {
		task.Documents = append(task.Documents, page.Body)
	}
	want, err := rerank.Rank(t.Context(), engine, task, 0)
	check(t, err)
	for _, name := range remote.Dialects() {
		t.Run(name, func(t *testing.T) {
			c := open(t, remote.Config{URL: url, Dialect: name, Model: "any"})
			got, err := rerank.Rank(t.Context(), c, task, 0)
			check(t, err)
			for i, s := range got {
				if s.Index != want[i].Index || math.Abs(s.Logit-want[i].Logit) > 1e-6 {
					t.Errorf("rank %d: document %d with logit %v, want %d with %v", i+1, s.Index, s.Logit, want[i].Index, want[i].Logit)
				}
			}
		})
	}
}

func TestFactsOfAQuern(t *testing.T) {
	url := serveQuern(t, tiny(t))
	c := open(t, remote.Config{URL: url + "/v1/rerank", Key: "secret"})
	want := []rerank.Fact{
		{Name: "server", Value: url + ", quern 1.2.3"},
		{Name: "dialect", Value: "quern"},
		{Name: "path", Value: "/v1/rerank"},
		{Name: "model", Value: "quern-tiny"},
		{Name: "documents a request", Value: "16"},
		{Name: "requests at once", Value: "4"},
		{Name: "instruction", Value: "instruct"},
		{Name: "scores", Value: "relevance 0..1"},
		{Name: "key", Value: "yes"},
	}
	if got := c.Facts(); !slices.Equal(got, want) {
		t.Errorf("facts\n%v\nwant\n%v", got, want)
	}
}

func TestAQuernWithoutAModel(t *testing.T) {
	_, err := remote.Open(t.Context(), remote.Config{URL: serveQuern(t, nil)})
	mention(t, err, "that quern has no model")
}
