package turns_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
	"github.com/quern-search/quern/web/turns"
)

// What waits for its turn is a Scorer like any other.
func TestScorer(t *testing.T) {
	reranktest.TestScorer(t, func(*testing.T) rerank.Scorer { return turns.Scorer(&reranktest.Fake{}, turns.New(1, 64)) }, reranktest.SkipProbe())
}

// What else a model can do is found behind its queue.
func TestScorerUnwraps(t *testing.T) {
	fake := &reranktest.Fake{}
	inner, ok := turns.Scorer(fake, turns.New(1, 0)).(interface{ Unwrap() rerank.Scorer })
	if !ok || inner.Unwrap() != rerank.Scorer(fake) {
		t.Error("the model is hidden")
	}
}

var pair = rerank.Task{Query: "q", Documents: []string{"one", "two"}}

// Tasks wait for each other; one for which there is no place meets a model that says so.
func TestScorerTakesTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := turns.Scorer(&reranktest.Fake{Delay: time.Second}, turns.New(1, 1))
		start, done := time.Now(), make(chan error, 3)
		for range cap(done) {
			go func() { _, err := rerank.Rank(t.Context(), s, pair, 0); done <- err }()
		}
		if err := <-done; !errors.Is(err, turns.ErrBusy) || time.Since(start) != 0 {
			t.Errorf("after %v: %v, want at once that there is no place", time.Since(start), err)
		}
		for i := range 2 {
			if err := <-done; err != nil || time.Since(start) != time.Duration(2*i+2)*time.Second {
				t.Errorf("after %v: %v", time.Since(start), err)
			}
		}
	})
}

// A model that is stuck, and deaf to its context, blocks the turn for no longer than that lasts.
func TestScorerThatIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		q := turns.New(1, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go rerank.Rank(ctx, turns.Scorer(&reranktest.Fake{Trouble: reranktest.Stuck, Release: release}, q), pair, 0)
		synctest.Wait()
		start := time.Now()
		if _, err := rerank.Rank(t.Context(), turns.Scorer(&reranktest.Fake{}, q), pair, 0); err != nil || time.Since(start) != time.Second {
			t.Errorf("after %v: %v, want a turn after 1s", time.Since(start), err)
		}
	})
}
