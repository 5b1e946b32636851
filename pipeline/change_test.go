package pipeline_test

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
)

// A version is a model with opinions of its own.
type version struct {
	card  rerank.Model
	judge func(rerank.Task, string) float64
}

// A changing is a model that becomes the next of its versions in the middle of a Score, when that is due. It notes how
// many documents it was asked for each time.
type changing struct {
	mu       sync.Mutex
	versions []version // the first is what it is now
	due      bool
	after    int    // so many documents are judged before the change
	pause    func() // before each document; nil: none
	asked    []int
}

func (c *changing) Model() rerank.Model {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.versions[0].card
}

func (c *changing) Score(_ context.Context, t rerank.Task) iter.Seq2[rerank.Score, error] {
	return func(yield func(rerank.Score, error) bool) {
		c.mu.Lock()
		c.asked = append(c.asked, len(t.Documents))
		c.mu.Unlock()
		for i, d := range t.Documents {
			if c.pause != nil {
				c.pause()
			}
			if !yield(rerank.Score{Index: i, Logit: c.judge(t, i, d), Tokens: 1}, nil) {
				return
			}
		}
	}
}

func (c *changing) judge(t rerank.Task, i int, document string) float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.due && i == c.after {
		c.versions, c.due = c.versions[1:], false
	}
	return c.versions[0].judge(t, document)
}

// A model that becomes another while it is asked is reported as what it is then, in the order of that one's blend, and
// neither an answer nor the cache mixes the scores of the two.
func TestModelThatChangesWhileItIsAsked(t *testing.T) {
	a := version{rerank.Model{Name: "a", Fingerprint: "fa", Blend: 0.01}, upsideDown} // so little that BM25 decides
	b := version{rerank.Model{Name: "b", Fingerprint: "fb"}, evenFirst}
	none := version{rerank.Model{Name: "none"}, evenFirst} // its scores are not to be kept
	const (
		halfA, halfB = "d1* d2* d3 d4", "d2* d1* d3 d4"
		allA, allB   = "d1* d2* d3* d4*", "d4* d2* d3* d1*"
	)
	type step struct {
		window  int
		changes bool
		asked   string // how many documents, each time
		cached  int
		model   string
		want    string
	}
	tests := []struct {
		name     string
		versions []version
		steps    []step
	}{
		{"nothing is cached", []version{a, b}, []step{{4, true, "[4]", 0, "b", allB}, {4, false, "[]", 4, "b", allB}}},
		{"some is cached", []version{a, b}, []step{
			{2, false, "[2]", 0, "a", halfA},
			{4, true, "[2 4]", 0, "b", allB},
			{4, false, "[]", 4, "b", allB},
		}},
		{"all is cached, so that it is not asked", []version{a, b}, []step{{4, false, "[4]", 0, "a", allA}, {4, true, "[]", 4, "a", allA}}},
		{"and changes back", []version{a, b, a}, []step{
			{2, true, "[2]", 0, "b", halfB}, // kept as scores of b alone
			{4, true, "[2 4]", 0, "a", allA},
			{4, false, "[]", 4, "a", allA},
		}},
		{"is opened late", []version{none, a}, []step{{4, true, "[4]", 0, "a", allA}, {4, false, "[]", 4, "a", allA}}},
		{"loses its fingerprint", []version{a, none}, []step{
			{2, false, "[2]", 0, "a", halfA},
			{4, true, "[2 4]", 0, "none", allB},
			{4, false, "[4]", 0, "none", allB},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			model := &changing{versions: test.versions}
			p := open(t, pipeline.Config{Retriever: found(4), Scorer: model})
			for i, step := range test.steps {
				model.asked, model.due = nil, step.changes
				answer, err := p.Search(t.Context(), pipeline.Query{Text: "q", Window: step.window})
				if err != nil {
					t.Fatal(err)
				}
				asked := fmt.Sprint(model.asked)
				if got := ids(answer.Hits); asked != step.asked || answer.Stats.CacheHits != step.cached || answer.Rerank.Model != step.model || got != step.want {
					t.Errorf("search %d: asked for %s, %d cached, by %s: %s; want %+v", i, asked, answer.Stats.CacheHits, answer.Rerank.Model, got, step)
				}
				tokens := 0
				for _, n := range model.asked {
					tokens += n
				}
				if r := answer.Rerank; r.Status != pipeline.OK || r.Tokens != tokens {
					t.Errorf("search %d: rerank %+v, want ok with %d tokens", i, r, tokens)
				}
			}
		})
	}
}

// Where a model changes after its first score has come, nobody knows which score is whose.
func TestScoresAroundAChangeAreNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := version{rerank.Model{Name: "a", Fingerprint: "fa"}, upsideDown}
		b := version{rerank.Model{Name: "b", Fingerprint: "fb"}, evenFirst}
		model := &changing{versions: []version{a, b}, due: true, after: 2, pause: synctest.Wait}
		p := open(t, pipeline.Config{Retriever: found(4), Scorer: model})
		for _, step := range []struct {
			now   []version
			model string
			want  string // empty: whatever it is
		}{{[]version{a, b}, "b", ""}, {[]version{a}, "a", "d4* d3* d2* d1*"}, {[]version{b}, "b", "d4* d2* d3* d1*"}} {
			model.versions = step.now
			answer, err := p.Search(t.Context(), pipeline.Query{Text: "q"})
			if err != nil {
				t.Fatal(err)
			}
			got := ids(answer.Hits)
			if answer.Stats.CacheHits != 0 || answer.Rerank.Model != step.model || step.want != "" && got != step.want {
				t.Errorf("%d cached, by %s: %s; want %+v", answer.Stats.CacheHits, answer.Rerank.Model, got, step)
			}
		}
	})
}
