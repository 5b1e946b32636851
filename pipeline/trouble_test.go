package pipeline_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
)

// Whatever the model does, the search is answered, keeps what is known, and says what happened.
func TestEverySearchIsAnswered(t *testing.T) {
	const bm25 = "d1 d2 d3 d4"
	const two = "d2* d1* d3 d4" // two were judged, upside down
	long := errors.New("<html>\n" + strings.Repeat("very long ", 100))
	tests := []struct {
		name   string
		fake   reranktest.Fake
		status pipeline.Status
		reason string // a part of it
		want   string
	}{
		{"all is well", reranktest.Fake{}, pipeline.OK, "", "d4* d3* d2* d1*"},
		{"fails at once", reranktest.Fake{Trouble: reranktest.Fails}, pipeline.Failed, `model "fake": connection refused`, bm25},
		{"fails midway", reranktest.Fake{Trouble: reranktest.Fails, After: 2}, pipeline.Partial, `model "fake": connection refused`, two},
		{"has its own deadline", reranktest.Fake{Trouble: reranktest.Fails, Err: context.DeadlineExceeded}, pipeline.Failed, `model "fake": context deadline exceeded`, bm25},
		{"fails at length", reranktest.Fake{Trouble: reranktest.Fails, Err: long}, pipeline.Failed, "<html> very long very", bm25},
		{"lies with NaN", reranktest.Fake{Trouble: reranktest.NaN}, pipeline.Failed, "broken score: document 0 has logit NaN", bm25},
		{"lies midway", reranktest.Fake{Trouble: reranktest.NaN, After: 2}, pipeline.Partial, "broken score: document 2 has logit NaN", two},
		{"leaves some out", reranktest.Fake{Trouble: reranktest.Missing, After: 2}, pipeline.Partial, "document 2 of 4 has none", two},
		{"judges twice", reranktest.Fake{Trouble: reranktest.Twice, After: 2}, pipeline.Partial, "document 0 was judged twice", two},
		{"judges what is not there", reranktest.Fake{Trouble: reranktest.Beyond, After: 2}, pipeline.Partial, "index 4 of 4", two},
		{"panics", reranktest.Fake{Trouble: reranktest.Panics}, pipeline.Failed, "it panicked", bm25},
		{"panics midway", reranktest.Fake{Trouble: reranktest.Panics, After: 2}, pipeline.Partial, "it panicked", two},
		{"is slow", reranktest.Fake{Delay: 6 * time.Second}, pipeline.Partial, "deadline of 15s passed after 2 of 4", two},
		{"is very slow", reranktest.Fake{Delay: time.Minute}, pipeline.Failed, "deadline of 15s passed after 0 of 4", bm25},
		{"is just in time", reranktest.Fake{Delay: 3 * time.Second}, pipeline.OK, "", "d4* d3* d2* d1*"},
		{"is stuck", reranktest.Fake{Trouble: reranktest.Stuck}, pipeline.Failed, "deadline of 15s passed after 0 of 4", bm25},
		{"is stuck midway", reranktest.Fake{Trouble: reranktest.Stuck, After: 2}, pipeline.Partial, "deadline of 15s passed after 2 of 4", two},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				defer close(release)
				test.fake.Release, test.fake.Judge = release, upsideDown
				start := time.Now()
				a := search(t, pipeline.Config{Retriever: found(4), Scorer: &test.fake}, pipeline.Query{Text: "q"})
				r := a.Rerank
				if r.Status != test.status || !strings.Contains(r.Reason, test.reason) || (r.Reason == "") != (r.Status == pipeline.OK) {
					t.Errorf("status %s, %q; want %s, %q", r.Status, r.Reason, test.status, test.reason)
				}
				if len(r.Reason) > 500 || strings.Contains(r.Reason, "\n") {
					t.Errorf("reason %q: too long for a person", r.Reason)
				}
				if got := ids(a.Hits); got != test.want {
					t.Errorf("hits %s, want %s", got, test.want)
				}
				if r.Judged != strings.Count(test.want, "*") || r.Window != 4 || r.Model != "fake" {
					t.Errorf("rerank %+v", r)
				}
				if took := time.Since(start); took > pipeline.DefaultDeadline {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func TestDeadlineOfAQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &reranktest.Fake{Delay: time.Second}
		a := search(t, pipeline.Config{Retriever: found(9), Scorer: fake, Deadline: time.Hour}, pipeline.Query{Text: "q", Deadline: 3500 * time.Millisecond})
		if got, want := a.Rerank.Reason, "deadline of 3.5s passed after 3 of 9"; got != want {
			t.Errorf("reason %q, want %q", got, want)
		}
		if a.Rerank.TookMS != 3500 || a.Stats.TotalMS != 3500 || a.Stats.RetrieveMS != 0 {
			t.Errorf("times %+v, %+v", a.Rerank, a.Stats)
		}
	})
}

func TestCallersDeadlineIsNotOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		release := make(chan struct{})
		defer close(release)
		fake := &reranktest.Fake{Trouble: reranktest.Stuck, Release: release}
		_, err := open(t, pipeline.Config{Retriever: found(2), Scorer: fake}).Search(ctx, pipeline.Query{Text: "q"})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want that of the caller's context", err)
		}
	})
}

// A model that is stuck for good gets no more work after a while, and some again once it moves.
func TestStuckModelIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var asked atomic.Int64
		fake := &reranktest.Fake{Trouble: reranktest.Stuck, After: 1, Release: release,
			Judge: func(rerank.Task, string) float64 { asked.Add(1); return 0 }}
		p := open(t, pipeline.Config{Retriever: found(2), Scorer: fake, CacheBytes: -1})
		status := func() pipeline.Rerank {
			a, err := p.Search(t.Context(), pipeline.Query{Text: "q"})
			if err != nil || len(a.Hits) != 2 {
				t.Fatalf("%v, %v", a, err)
			}
			return a.Rerank
		}
		for range 64 {
			if r := status(); r.Status != pipeline.Partial {
				t.Fatalf("rerank %+v", r)
			}
		}
		before := time.Now()
		if r := status(); r.Status != pipeline.Failed || !strings.Contains(r.Reason, "still busy with 64 earlier requests") {
			t.Errorf("rerank %+v", r)
		}
		if asked.Load() != 64 || !time.Now().Equal(before) {
			t.Errorf("asked %d times, waited %v: want the 65th search not to ask", asked.Load(), time.Since(before))
		}
		close(release)
		synctest.Wait()
		if r := status(); r.Status != pipeline.OK {
			t.Errorf("released: rerank %+v", r)
		}
	})
}
