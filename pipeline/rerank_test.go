package pipeline_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
)

// brought is a task that comes with its documents, each of which is three words, beside a query of one.
func brought() rerank.Task {
	return rerank.Task{Query: "q", Documents: []string{"Title of d1", "Title of d2", "Title of d3", "Title of d4"}}
}

// All documents are judged, by one model, or there is an error.
func TestRerank(t *testing.T) {
	fails := func(after int) reranktest.Fake { return reranktest.Fake{Trouble: reranktest.Fails, After: after} }
	stuck := reranktest.Fake{Trouble: reranktest.Stuck, After: 3}
	tests := []struct {
		name       string
		big, small reranktest.Fake
		model      string
		order      []int
		fallback   string
		err        string
		is         error
		took       time.Duration
	}{
		{"the first is well", reranktest.Fake{}, reranktest.Fake{}, "big", []int{3, 2, 1, 0}, "", "", nil, 0},
		{"it fails", fails(0), reranktest.Fake{}, "small", []int{3, 1, 2, 0}, "big: connection refused", "", nil, 0},
		{"it fails midway", fails(3), reranktest.Fake{}, "small", []int{3, 1, 2, 0}, "big: connection refused", "", nil, 0},
		{"it is stuck", stuck, reranktest.Fake{}, "small", []int{3, 1, 2, 0}, "big: its time of 1m0s passed after 3 of 4", "", nil, time.Minute},
		{"both fail", fails(3), fails(2), "", nil, "",
			`rerank: model "small": connection refused; before it, big: connection refused`, reranktest.ErrRefused, 0},
		{"the second lies", stuck, reranktest.Fake{Trouble: reranktest.NaN}, "", nil, "",
			`rerank: model "small": broken score: document 0 has logit NaN; before it, big: its time of 1m0s passed after 3 of 4`, rerank.ErrBadScore, time.Minute},
		{"both are stuck", stuck, stuck, "", nil, "", "context deadline exceeded", context.DeadlineExceeded, 90 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				defer close(release)
				test.big.Release, test.small.Release = release, release
				p := open(t, pipeline.Config{Retriever: found(0), Scorer: named("big", test.big, upsideDown),
					Fallback: []rerank.Scorer{named("small", test.small, evenFirst)}})
				start := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
				defer cancel()
				j, err := p.Rerank(ctx, brought())
				if took := time.Since(start); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
				if test.err != "" {
					if err == nil || err.Error() != test.err || !errors.Is(err, test.is) || j.Scores != nil {
						t.Errorf("%v, error %v, want %s", j, err, test.err)
					}
					return
				}
				var order []int
				for _, s := range j.Scores {
					order = append(order, s.Index)
				}
				if err != nil || j.Model.Name != test.model || j.Fallback != test.fallback || j.Tokens != 16 || !cmp.Equal(order, test.order) {
					t.Errorf("%+v, %v", j, err)
				}
			})
		})
	}
}

// A document is judged once, whoever asks; what it took to read is told each time.
func TestRerankCache(t *testing.T) {
	fake, read := counter()
	p := open(t, pipeline.Config{Retriever: found(2), Scorer: fake})
	if _, err := p.Search(t.Context(), pipeline.Query{Text: "q"}); err != nil {
		t.Fatal(err)
	}
	task := rerank.Task{Query: "q", Documents: []string{"Title of d2\nbody", "Title of d7"}}
	for _, want := range []struct{ read, cacheHits int }{{4, 1}, {0, 2}} {
		j, err := p.Rerank(t.Context(), task)
		if err != nil || j.Scores[0].Index != 1 || j.Tokens != 9 || j.Read != want.read || j.CacheHits != want.cacheHits {
			t.Errorf("%+v, %v; want %+v", j, err, want)
		}
	}
	if *read != 3 {
		t.Errorf("read %d documents, want 3", *read)
	}
}

func TestRerankHasNoDeadlineOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := named("big", reranktest.Fake{Delay: time.Minute}, upsideDown)
		small := named("small", reranktest.Fake{}, evenFirst)
		for after, want := range map[time.Duration]string{0: "big", 10 * time.Second: "small"} {
			p := open(t, pipeline.Config{Retriever: found(0), Scorer: slow, Fallback: []rerank.Scorer{small}, FallbackAfter: after, CacheBytes: -1})
			if j, err := p.Rerank(t.Context(), brought()); err != nil || j.Model.Name != want {
				t.Errorf("after %v: judged by %q, %v; want %s", after, j.Model.Name, err, want)
			}
		}
	})
}

func TestRerankNothing(t *testing.T) {
	p := open(t, pipeline.Config{Retriever: found(0), Scorer: &reranktest.Fake{}})
	if j, err := p.Rerank(t.Context(), rerank.Task{Query: "q"}); err != nil || len(j.Scores) != 0 || j.Model.Name != "fake" {
		t.Errorf("%+v, %v", j, err)
	}
	none := open(t, pipeline.Config{Retriever: found(0)})
	if j, err := none.Rerank(t.Context(), brought()); err == nil || len(none.Models()) != 0 {
		t.Errorf("%+v by none of %v", j, none.Models())
	}
}

func TestModels(t *testing.T) {
	p := open(t, pipeline.Config{Retriever: found(0), Scorer: named("big", reranktest.Fake{}, upsideDown),
		Fallback: []rerank.Scorer{named("small", reranktest.Fake{}, upsideDown), &reranktest.Fake{}}})
	var names []string
	for _, m := range p.Models() {
		names = append(names, m.Name)
	}
	if want := []string{"big", "small", "fake"}; !cmp.Equal(names, want) {
		t.Errorf("models %q, want %q", names, want)
	}
}

// tokenizer is a Scorer with a tokenizer, which takes every text for one token.
type tokenizer struct{ reranktest.Fake }

func (*tokenizer) Count(t rerank.Task, _ rerank.Limits) (rerank.Count, error) {
	return rerank.Count{Task: t, Tokens: 2 * len(t.Documents)}, nil
}

// Tokens are those of the first model, whoever judges then.
func TestCount(t *testing.T) {
	for _, test := range []struct {
		scorer, fallback rerank.Scorer
		want             int
	}{
		{&tokenizer{}, &reranktest.Fake{}, 8},
		{&reranktest.Fake{}, &tokenizer{}, 4 * (1 + 3)}, // by estimate: "q" and "Title of d1"
	} {
		p := open(t, pipeline.Config{Retriever: found(0), Scorer: test.scorer, Fallback: []rerank.Scorer{test.fallback}})
		if c, err := p.Count(brought(), rerank.Limits{}); err != nil || c.Tokens != test.want {
			t.Errorf("%T: %+v, %v", test.scorer, c, err)
		}
	}
}
