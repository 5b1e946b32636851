package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
)

// A watched is a Scorer that is counted while it works.
type watched struct {
	rerank.Scorer
	asked, working, judged atomic.Int64
	deadline               atomic.Value // time.Time: that of its context after each score
}

func (w *watched) Score(ctx context.Context, t rerank.Task) iter.Seq2[rerank.Score, error] {
	return func(yield func(rerank.Score, error) bool) {
		w.asked.Add(1)
		w.working.Add(1)
		defer w.working.Add(-1)
		for s, err := range w.Scorer.Score(ctx, t) {
			until, _ := ctx.Deadline()
			w.deadline.Store(until)
			w.judged.Add(1)
			if !yield(s, err) {
				return
			}
		}
	}
}

// slowly judges one document a second, the last one best.
func slowly() *watched {
	return &watched{Scorer: &reranktest.Fake{Delay: time.Second, Judge: upsideDown}}
}

// All who ask the same at the same time get the whole answer of one asking.
func TestTheSameIsJudgedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		model := slowly()
		p := open(t, pipeline.Config{Retriever: found(4), Scorer: model, CacheBytes: -1})
		start, answers := time.Now(), make(chan string, 9)
		for i := range cap(answers) {
			go func() {
				time.Sleep(time.Duration(i) * 400 * time.Millisecond) // the last comes after 3.2 s of the 4
				a, err := p.Search(t.Context(), pipeline.Query{Text: "q"})
				answers <- fmt.Sprint(ids(a.Hits), " ", a.Rerank.Status, " ", a.Rerank.Tokens > 0, " ", err)
			}()
		}
		for range cap(answers) {
			if got, want := <-answers, "d4* d3* d2* d1* ok true <nil>"; got != want {
				t.Errorf("answered %s, want %s", got, want)
			}
		}
		if n, took := model.asked.Load(), time.Since(start); n != 1 || took != 4*time.Second {
			t.Errorf("asked %d times in %v, want once in 4s", n, took)
		}
		if _, err := p.Search(t.Context(), pipeline.Query{Text: "q"}); err != nil || model.asked.Load() != 2 {
			t.Errorf("later: asked %d times in all, error %v: want it asked anew", model.asked.Load(), err)
		}
	})
}

// What differs in anything is judged for itself.
func TestWhatDiffersIsNotShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		model := slowly()
		p := open(t, pipeline.Config{Retriever: found(0), Scorer: model, CacheBytes: -1})
		tasks := []rerank.Task{
			{Query: "q", Documents: []string{"Title of d1", "Title of d2"}},
			{Query: "r", Documents: []string{"Title of d1", "Title of d2"}},
			{Query: "q", Documents: []string{"Title of d2", "Title of d1"}},
			{Query: "q", Documents: []string{"Title of d1Title of d2"}},
			{Query: "q", Documents: []string{"Title of d1"}},
			{Query: "q", Documents: []string{"Title of d1", "Title of d2"}, Instruct: "find help"},
		}
		done := make(chan error, len(tasks)+1)
		for _, task := range append(tasks, rerank.Task{Query: "q", Documents: tasks[0].Documents, Instruct: rerank.DefaultInstruct}) {
			go func() { _, err := p.Rerank(t.Context(), task); done <- err }()
		}
		for range cap(done) {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if n := model.asked.Load(); n != int64(len(tasks)) {
			t.Errorf("asked %d times, want %d: the last task says in words what the first leaves to the default", n, len(tasks))
		}
	})
}

// Each of those who share keeps to a time of their own, whoever came first; the model may use the longest.
func TestWhoSharesLeavesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		model := slowly()
		p := open(t, pipeline.Config{Retriever: found(4), Scorer: model})
		start, results := time.Now(), map[string]chan string{}
		for name, deadline := range map[string]time.Duration{"short": 2500 * time.Millisecond, "long": 9 * time.Second, "middle": 3500 * time.Millisecond} {
			result := make(chan string, 1)
			results[name] = result
			go func() {
				a, err := p.Search(t.Context(), pipeline.Query{Text: "q", Deadline: deadline})
				result <- fmt.Sprint(ids(a.Hits), " ", a.Rerank.Status, " ", err)
			}()
			synctest.Wait() // all share, whichever is the first
		}
		for name, want := range map[string]string{
			"short":  "d2* d1* d3 d4 partial <nil>",
			"middle": "d3* d2* d1* d4 partial <nil>",
			"long":   "d4* d3* d2* d1* ok <nil>",
		} {
			if got := <-results[name]; got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		if n := model.asked.Load(); n != 1 {
			t.Errorf("asked %d times, want once", n)
		}
		if until := model.deadline.Load().(time.Time); !until.Equal(start.Add(9 * time.Second)) {
			t.Errorf("the model was told that it has %v, want 9s", until.Sub(start))
		}
	})
}

// The model works as long as one waits, and no longer.
func TestTheLastToLeaveStopsTheModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		model := slowly()
		p := open(t, pipeline.Config{Retriever: found(9), Scorer: model})
		done := make(chan error, 2)
		var leave []context.CancelFunc
		for range cap(done) {
			ctx, cancel := context.WithCancel(t.Context())
			leave = append(leave, cancel)
			go func() { _, err := p.Search(ctx, pipeline.Query{Text: "q"}); done <- err }()
		}
		time.Sleep(2500 * time.Millisecond)
		for i, wantWorking := range []int64{1, 0} {
			leave[i]()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("the %d. to leave: error %v", i+1, err)
			}
			synctest.Wait()
			if n := model.working.Load(); n != wantWorking {
				t.Errorf("after the %d. has left %d askings go on, want %d", i+1, n, wantWorking)
			}
		}
		if model.asked.Load() != 1 {
			t.Errorf("asked %d times", model.asked.Load())
		}
		// Who comes now does not join what was stopped.
		if a, err := p.Search(t.Context(), pipeline.Query{Text: "q"}); err != nil || a.Rerank.Status != pipeline.OK {
			t.Errorf("%+v, %v", a.Rerank, err)
		}
	})
}

// A failure is shared too, and forgotten.
func TestFailureIsSharedAndForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		model := &watched{Scorer: &reranktest.Fake{Delay: time.Second, Trouble: reranktest.Fails, After: 1}}
		p := open(t, pipeline.Config{Retriever: found(0), Scorer: model})
		for i := range 2 {
			done := make(chan error, 3)
			for range cap(done) {
				go func() { _, err := p.Rerank(t.Context(), brought()); done <- err }()
			}
			for range cap(done) {
				if err := <-done; !errors.Is(err, reranktest.ErrRefused) || !strings.Contains(err.Error(), `model "fake"`) {
					t.Error(err)
				}
			}
			if n := model.asked.Load(); n != int64(i+1) {
				t.Errorf("asked %d times, want %d", n, i+1)
			}
		}
	})
}
