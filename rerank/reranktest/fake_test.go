package reranktest_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
)

func Example() {
	fake := &reranktest.Fake{}
	ranked, err := rerank.Rank(context.Background(), fake, rerank.Task{
		Query:     "red wine stain",
		Documents: []string{"White wine goes with fish.", "Salt draws a red wine stain out of cloth.", "Chess is a game."},
	}, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range ranked {
		fmt.Printf("document %d: logit %.2f, relevance %.2f\n", s.Index, s.Logit, s.Relevance())
	}
	// Output:
	// document 1: logit 4.00, relevance 0.98
	// document 0: logit -1.33, relevance 0.21
}

func TestFakeKeepsTheContract(t *testing.T) {
	reranktest.TestScorer(t, func(*testing.T) rerank.Scorer { return &reranktest.Fake{} })
}

func TestFakeWithDelayKeepsTheContract(t *testing.T) {
	reranktest.TestScorer(t, func(*testing.T) rerank.Scorer {
		return &reranktest.Fake{Delay: time.Nanosecond, Judge: func(rerank.Task, string) float64 { return 1 }}
	}, reranktest.SkipProbe())
}

func TestFakeTroubles(t *testing.T) {
	three := rerank.Task{Query: "a", Documents: []string{"a", "b", "c"}}
	tests := []struct {
		name   string
		fake   reranktest.Fake
		judged int
		err    error
	}{
		{"none", reranktest.Fake{}, 3, nil},
		{"fails", reranktest.Fake{Trouble: reranktest.Fails}, 0, reranktest.ErrRefused},
		{"fails midway", reranktest.Fake{Trouble: reranktest.Fails, After: 2}, 2, reranktest.ErrRefused},
		{"fails too late to matter", reranktest.Fake{Trouble: reranktest.Fails, After: 3}, 3, nil},
		{"fails its own way", reranktest.Fake{Trouble: reranktest.Fails, Err: context.DeadlineExceeded}, 0, context.DeadlineExceeded},
		{"not a number", reranktest.Fake{Trouble: reranktest.NaN, After: 1}, 1, rerank.ErrBadScore},
		{"missing", reranktest.Fake{Trouble: reranktest.Missing, After: 2}, 2, rerank.ErrBadScore},
		{"twice", reranktest.Fake{Trouble: reranktest.Twice, After: 2}, 2, rerank.ErrBadScore},
		{"beyond", reranktest.Fake{Trouble: reranktest.Beyond, After: 1}, 1, rerank.ErrBadScore},
		{"panics", reranktest.Fake{Trouble: reranktest.Panics, After: 1}, 1, rerank.ErrBadScore},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			judged := 0
			var err error
			for score, e := range rerank.Checked(t.Context(), &test.fake, three) {
				if err = e; err == nil && !math.IsNaN(score.Logit) {
					judged++
				}
			}
			if judged != test.judged || !errors.Is(err, test.err) {
				t.Errorf("%d judged, error %v; want %d, %v", judged, err, test.judged, test.err)
			}
		})
	}
}

func TestFakeStuckUntilReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		fake := &reranktest.Fake{Trouble: reranktest.Stuck, After: 1, Release: release}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		done := make(chan error)
		go func() {
			_, err := rerank.Rank(ctx, fake, rerank.Task{Documents: []string{"a", "b", "c"}}, 0)
			done <- err
		}()
		time.Sleep(time.Hour)
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatalf("a stuck fake ended with %v", err)
		default:
		}
		close(release)
		if err := <-done; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("released, it ended with %v", err)
		}
	})
}

func TestFakeDelayEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
		defer cancel()
		judged := 0
		for _, err := range (&reranktest.Fake{Delay: 10 * time.Second}).Score(ctx, rerank.Task{Documents: make([]string, 9)}) {
			if err != nil {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error %v", err)
				}
				break
			}
			judged++
		}
		if judged != 2 {
			t.Errorf("%d documents of 10 s each in 25 s, want 2", judged)
		}
	})
}
