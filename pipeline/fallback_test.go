package pipeline_test

import (
	"context"
	"errors"
	"iter"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
)

// evenFirst is another opinion than upsideDown: of four documents, d4 d2 d3 d1.
func evenFirst(_ rerank.Task, document string) float64 {
	n := number(document)
	return float64(n - 10*(n%2))
}

// named gives a copy of f a name and fingerprint, and an opinion if it has none.
func named(name string, f reranktest.Fake, judge func(rerank.Task, string) float64) *reranktest.Fake {
	f.Card.Name, f.Card.Fingerprint = name, name
	if f.Judge == nil {
		f.Judge = judge
	}
	return &f
}

// Whatever the first model does, the next has its chance in the time that is left; and whatever both do, the search is
// answered, by the scores of one of them, and says whose they are.
func TestFallback(t *testing.T) {
	const (
		bm25    = "d1 d2 d3 d4"
		first   = "d4* d3* d2* d1*"
		second  = "d4* d2* d3* d1*"
		refused = "big: connection refused"
		late    = "big: its time of 10s passed after 0 of 4"
	)
	fails := func(after int) reranktest.Fake { return reranktest.Fake{Trouble: reranktest.Fails, After: after} }
	well := reranktest.Fake{}
	slow := func(d time.Duration) reranktest.Fake { return reranktest.Fake{Delay: d} }
	tests := []struct {
		name       string
		big, small reranktest.Fake
		status     pipeline.Status
		model      string // by which judged
		fallback   string // a part of it; empty: there is none
		reason     string // all of it
		want       string
		took       time.Duration
	}{
		{"the first is well", well, well, pipeline.OK, "big", "", "", first, 0},
		{"the first is well, the second is not asked", well, fails(0), pipeline.OK, "big", "", "", first, 0},
		{"fails at once", fails(0), well, pipeline.OK, "small", refused, "", second, 0},
		{"fails midway", fails(3), well, pipeline.OK, "small", refused, "", second, 0},
		{"lies", reranktest.Fake{Trouble: reranktest.NaN, After: 3}, well, pipeline.OK, "small", "big: broken score: document 3 has logit NaN", "", second, 0},
		{"leaves some out", reranktest.Fake{Trouble: reranktest.Missing, After: 3}, well, pipeline.OK, "small", "big: broken score: document 3 of 4 has none", "", second, 0},
		{"panics", reranktest.Fake{Trouble: reranktest.Panics}, well, pipeline.OK, "small", "big: broken score: it panicked", "", second, 0},
		{"is stuck", reranktest.Fake{Trouble: reranktest.Stuck}, well, pipeline.OK, "small", late, "", second, 10 * time.Second},
		{"is stuck midway", reranktest.Fake{Trouble: reranktest.Stuck, After: 3}, well, pipeline.OK, "small", "big: its time of 10s passed after 3 of 4", "", second, 10 * time.Second},
		{"is slow", slow(3 * time.Second), well, pipeline.OK, "small", "big: its time of 10s passed after 3 of 4", "", second, 10 * time.Second},
		{"is just in time", slow(2 * time.Second), well, pipeline.OK, "big", "", "", first, 8 * time.Second},
		{"is late, and the next is slow", slow(time.Minute), slow(time.Second), pipeline.OK, "small", late, "", second, 14 * time.Second},
		{"fails, and the next has all the time", fails(0), slow(3 * time.Second), pipeline.OK, "small", refused, "", second, 12 * time.Second},

		{"both fail", fails(0), fails(0), pipeline.Failed, "big", "", refused + "; small: connection refused", bm25, 0},
		{"both are stuck", reranktest.Fake{Trouble: reranktest.Stuck}, reranktest.Fake{Trouble: reranktest.Stuck}, pipeline.Failed, "big", "",
			late + "; small: deadline of 15s passed after 0 of 4", bm25, 15 * time.Second},
		{"the second judges more", fails(1), fails(2), pipeline.Partial, "small", refused, refused + "; small: connection refused", "d2* d1* d3 d4", 0},
		{"the first judges more", fails(3), fails(2), pipeline.Partial, "big", "", refused + "; small: connection refused", "d3* d2* d1* d4", 0},
		{"the first counts where they are equal", fails(3), fails(3), pipeline.Partial, "big", "", refused + "; small: connection refused", "d3* d2* d1* d4", 0},
		{"both are slow", slow(6 * time.Second), slow(2 * time.Second), pipeline.Partial, "small", "big: its time of 10s passed after 1 of 4",
			"big: its time of 10s passed after 1 of 4; small: deadline of 15s passed after 2 of 4", "d2* d1* d3 d4", 15 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				defer close(release)
				test.big.Release, test.small.Release = release, release
				start := time.Now()
				a := search(t, pipeline.Config{
					Retriever: found(4),
					Scorer:    named("big", test.big, upsideDown),
					Fallback:  []rerank.Scorer{named("small", test.small, evenFirst)},
				}, pipeline.Query{Text: "q"})
				r := a.Rerank
				if r.Status != test.status || r.Model != test.model || r.Reason != test.reason {
					t.Errorf("status %s by %s, %q; want %s by %s, %q", r.Status, r.Model, r.Reason, test.status, test.model, test.reason)
				}
				if !strings.HasPrefix(r.Fallback, test.fallback) || (r.Fallback == "") != (test.fallback == "") {
					t.Errorf("fallback %q, want %q", r.Fallback, test.fallback)
				}
				if got := ids(a.Hits); got != test.want {
					t.Errorf("hits %s, want %s", got, test.want)
				}
				if r.Judged != strings.Count(test.want, "*") || r.Window != 4 || time.Since(start) != test.took || r.TookMS != float64(test.took.Milliseconds()) {
					t.Errorf("took %v, rerank %+v", time.Since(start), r)
				}
			})
		})
	}
}

// How long each of the models may take before the next is asked. All are stuck.
func TestFallbackAfter(t *testing.T) {
	tests := []struct {
		name            string
		models          int
		after, deadline time.Duration // of Config
		query           time.Duration // its own deadline
		want            string        // the times, from the reason
	}{
		{"one model", 1, 0, 0, 0, "15s"},
		{"two", 2, 0, 0, 0, "10s 15s"},
		{"three", 3, 0, 0, 0, "10s 3.333s 15s"},
		{"as said", 2, 2 * time.Second, 0, 0, "2s 15s"},
		{"as said, three", 3, 2 * time.Second, 0, 0, "2s 2s 15s"},
		{"as said, then no more is left", 3, 8 * time.Second, 0, 0, "8s 4.666s 15s"},
		{"another deadline", 2, 0, 3 * time.Second, 0, "2s 3s"},
		{"a deadline of the query", 2, 0, 0, 600 * time.Millisecond, "400ms 600ms"},
		{"a query has no more than that", 2, 5 * time.Second, 0, 3 * time.Second, "2s 3s"},
		{"a query has more", 2, 5 * time.Second, 0, time.Minute, "5s 1m0s"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				defer close(release)
				var models []rerank.Scorer
				for range test.models {
					models = append(models, &reranktest.Fake{Trouble: reranktest.Stuck, Release: release})
				}
				start := time.Now()
				a := search(t, pipeline.Config{Retriever: found(2), Scorer: models[0], Fallback: models[1:],
					FallbackAfter: test.after, Deadline: test.deadline}, pipeline.Query{Text: "q", Deadline: test.query})
				times := regexp.MustCompile(`\S+ passed`).FindAllString(a.Rerank.Reason, -1)
				if got := strings.ReplaceAll(strings.Join(times, " "), " passed", ""); got != test.want {
					t.Errorf("times %s, want %s: %s", got, test.want, a.Rerank.Reason)
				}
				if took := time.Since(start).String(); !strings.HasSuffix(test.want, took) {
					t.Errorf("took %s, want the last of %s", took, test.want)
				}
			})
		})
	}
}

// Blend and minimal score are about the relevance of the model that judged.
func TestFallbackBlend(t *testing.T) {
	tests := []struct {
		name                 string
		query, config        float64
		firstFails, bothFail bool
		want                 float64
		hits                 string
	}{
		{"the first's card", 0, 0, false, false, 0.5, ""}, // it finds nothing relevant
		{"the second's card", 0, 0, true, false, 0.3, "d2* d4*"},
		{"the pipeline's", 0, 0.8, true, false, 0.8, "d2* d4*"},
		{"the query's", 0.9, 0.8, true, false, 0.9, "d4* d2*"},
		{"nobody's", 0, 0.8, true, true, 0, "d1 d2 d3 d4"},
	}
	for _, test := range tests {
		big := reranktest.Fake{Card: rerank.Model{Blend: 0.5}}
		small := reranktest.Fake{Card: rerank.Model{Blend: 0.3}}
		if test.firstFails {
			big.Trouble = reranktest.Fails
		}
		if test.bothFail {
			small.Trouble = reranktest.Fails
		}
		a := search(t, pipeline.Config{Retriever: found(4), Blend: test.config, MinScore: 0.5,
			Scorer:   named("big", big, func(rerank.Task, string) float64 { return -1 }),
			Fallback: []rerank.Scorer{named("small", small, evenFirst)},
		}, pipeline.Query{Text: "q", Blend: test.query})
		if got := ids(a.Hits); a.Rerank.Blend != test.want || got != test.hits {
			t.Errorf("%s: blend %v, hits %s; want %v, %s", test.name, a.Rerank.Blend, got, test.want, test.hits)
		}
	}
}

// What a model said before is known for as long as it goes by its fingerprint, whether it is up or not.
func TestFallbackCache(t *testing.T) {
	var bigRead, smallRead int
	big := named("big", reranktest.Fake{Trouble: reranktest.Fails, After: 3,
		Judge: func(t rerank.Task, d string) float64 { bigRead++; return upsideDown(t, d) }}, nil)
	small := named("small", reranktest.Fake{Judge: func(t rerank.Task, d string) float64 { smallRead++; return evenFirst(t, d) }}, nil)
	p := open(t, pipeline.Config{Retriever: found(9), Scorer: big, Fallback: []rerank.Scorer{small}})
	steps := []struct {
		name       string
		window     int
		model      string
		big, small int // documents read
		cached     int // of the model that judged
	}{
		{"the first can do three", 3, "big", 3, 0, 0},
		{"which are known", 3, "big", 0, 0, 3},
		{"and three more", 6, "big", 3, 0, 3},
		{"a larger window it cannot", 9, "big", 3, 0, 6},
		{"nor another query", 9, "small", 3, 9, 0},
		{"whose rest it is asked for", 9, "small", 3, 0, 9},
	}
	for i, step := range steps {
		bigRead, smallRead = 0, 0
		text := "q"
		if i >= 4 {
			text = "another"
		}
		a, err := p.Search(t.Context(), pipeline.Query{Text: text, Window: step.window})
		if err != nil {
			t.Fatal(err)
		}
		if a.Rerank.Model != step.model || bigRead != step.big || smallRead != step.small || a.Stats.CacheHits != step.cached || a.Rerank.Status != pipeline.OK {
			t.Errorf("%s: read %d and %d, %d cached, rerank %+v; want %+v", step.name, bigRead, smallRead, a.Stats.CacheHits, a.Rerank, step)
		}
	}
}

// A first model that is stuck for good is passed over at once after a while; that is not held against the second.
func TestStuckModelIsPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		p := open(t, pipeline.Config{Retriever: found(2), CacheBytes: -1,
			Scorer:   named("big", reranktest.Fake{Trouble: reranktest.Stuck, Release: release}, upsideDown),
			Fallback: []rerank.Scorer{named("small", reranktest.Fake{}, evenFirst)}})
		by := func() (model, fallback string, took time.Duration) {
			start := time.Now()
			a, err := p.Search(t.Context(), pipeline.Query{Text: "q"})
			if err != nil || a.Rerank.Status != pipeline.OK {
				t.Fatalf("%+v, %v", a.Rerank, err)
			}
			return a.Rerank.Model, a.Rerank.Fallback, time.Since(start)
		}
		for range 64 {
			if model, _, took := by(); model != "small" || took != 10*time.Second {
				t.Fatalf("judged by %s in %v", model, took)
			}
		}
		model, fallback, took := by()
		if want := "big: it is still busy with 64 earlier requests that it did not finish in time"; model != "small" || fallback != want || took != 0 {
			t.Errorf("judged by %s in %v, %q", model, took, fallback)
		}
		close(release)
		synctest.Wait()
		if model, fallback, _ := by(); model != "big" || fallback != "" {
			t.Errorf("released: judged by %s, %q", model, fallback)
		}
	})
}

// scorer is a Scorer given by its Score method.
type scorer func(ctx context.Context, t rerank.Task) iter.Seq2[rerank.Score, error]

func (s scorer) Model() rerank.Model { return rerank.Model{Name: "odd", Kind: "fake"} }
func (s scorer) Score(ctx context.Context, t rerank.Task) iter.Seq2[rerank.Score, error] {
	return s(ctx, t)
}

// A caller who has gone ends it all: no other model is asked for nobody.
func TestCallerGivesUpBeforeTheFallback(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	big := named("big", reranktest.Fake{}, func(rerank.Task, string) float64 { cancel(); return 0 })
	var asked atomic.Bool
	small := scorer(func(context.Context, rerank.Task) iter.Seq2[rerank.Score, error] { asked.Store(true); return nil })
	p := open(t, pipeline.Config{Retriever: found(3), Scorer: big, Fallback: []rerank.Scorer{small}})
	if _, err := p.Search(ctx, pipeline.Query{Text: "q"}); !errors.Is(err, context.Canceled) || asked.Load() {
		t.Errorf("error %v, want that of the caller's context; the other was asked: %v", err, asked.Load())
	}
}

// What a model has to complain of after it has judged all is of no interest.
func TestErrorAfterTheLastScore(t *testing.T) {
	big := scorer(func(ctx context.Context, t rerank.Task) iter.Seq2[rerank.Score, error] {
		return func(yield func(rerank.Score, error) bool) {
			for s := range (&reranktest.Fake{Judge: upsideDown}).Score(ctx, t) {
				yield(s, nil)
			}
			yield(rerank.Score{}, reranktest.ErrRefused)
		}
	})
	a := search(t, pipeline.Config{Retriever: found(3), Scorer: big, Fallback: []rerank.Scorer{&reranktest.Fake{}}}, pipeline.Query{Text: "q"})
	if a.Rerank.Status != pipeline.OK || a.Rerank.Model != "odd" || a.Rerank.Reason+a.Rerank.Fallback != "" {
		t.Errorf("rerank %+v", a.Rerank)
	}
}

// Reasons stay readable where every model answers with a page of HTML.
func TestFallbackReasonIsShort(t *testing.T) {
	page := reranktest.Fake{Trouble: reranktest.Fails, Err: errors.New("<html>\n" + strings.Repeat("very long ", 100))}
	a := search(t, pipeline.Config{Retriever: found(2), Scorer: named("big", page, upsideDown),
		Fallback: []rerank.Scorer{named("small", page, upsideDown)}}, pipeline.Query{Text: "q"})
	if r := a.Rerank.Reason; len(r) > 500 || strings.Contains(r, "\n") || !strings.Contains(r, "; small: <html> very long") {
		t.Errorf("reason %q", r)
	}
}
