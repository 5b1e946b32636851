package rerank_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
)

func Example() {
	task := rerank.Task{
		Query:     "keep herbs fresh",
		Documents: []string{"Roses are pruned in March.", "Stand herbs in water, and they keep fresh for a week."},
	}
	// A qwen3.Engine judges by meaning; this fake counts common words.
	ranked, err := rerank.Rank(context.Background(), &reranktest.Fake{}, task, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(task.Documents[ranked[0].Index])
	// Output: Stand herbs in water, and they keep fresh for a week.
}

// scorer is a Scorer given by its Score method.
type scorer func(ctx context.Context, t rerank.Task) iter.Seq2[rerank.Score, error]

func (s scorer) Model() rerank.Model { return rerank.Model{Name: "odd", Kind: "fake"} }
func (s scorer) Score(ctx context.Context, t rerank.Task) iter.Seq2[rerank.Score, error] {
	return s(ctx, t)
}

// says is a Scorer that yields just these scores.
func says(scores ...rerank.Score) scorer {
	return func(context.Context, rerank.Task) iter.Seq2[rerank.Score, error] {
		return func(yield func(rerank.Score, error) bool) {
			for _, s := range scores {
				if !yield(s, nil) {
					return
				}
			}
		}
	}
}

func indexes(scores []rerank.Score) []int {
	var list []int
	for _, s := range scores {
		list = append(list, s.Index)
	}
	return list
}

func TestRankSorts(t *testing.T) {
	s := says( // as they become known, out of order; 40 and 39 both have relevance 1.0 in print
		rerank.Score{Index: 3, Logit: 39}, rerank.Score{Index: 4, Logit: -1}, rerank.Score{Index: 1, Logit: 2},
		rerank.Score{Index: 0, Logit: 2}, rerank.Score{Index: 2, Logit: 40})
	tests := []struct {
		topN int
		want []int
	}{
		{0, []int{2, 3, 0, 1, 4}}, {1, []int{2}}, {3, []int{2, 3, 0}}, {5, []int{2, 3, 0, 1, 4}}, {9, []int{2, 3, 0, 1, 4}},
	}
	for _, test := range tests {
		ranked, err := rerank.Rank(t.Context(), s, rerank.Task{Documents: make([]string, 5)}, test.topN)
		if got := indexes(ranked); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("top %d: %v, %v; want %v", test.topN, got, err, test.want)
		}
	}
	if _, err := rerank.Rank(t.Context(), s, rerank.Task{}, -1); err == nil {
		t.Error("top -1: no error")
	}
	if ranked, err := rerank.Rank(t.Context(), says(), rerank.Task{}, 3); err != nil || len(ranked) != 0 {
		t.Errorf("no documents: %v, %v", ranked, err)
	}
}

func TestRankRefuses(t *testing.T) {
	panics := errors.New("boom")
	tests := []struct {
		name string
		s    rerank.Scorer
		want string
	}{
		{"not a number", says(rerank.Score{Index: 0, Logit: math.NaN()}), "document 0 has logit NaN"},
		{"infinite", says(rerank.Score{Index: 1, Logit: math.Inf(1)}), "document 1 has logit +Inf"},
		{"beyond", says(rerank.Score{Index: 2}), "index 2 of 2 documents"},
		{"before", says(rerank.Score{Index: -1}), "index -1 of 2 documents"},
		{"twice", says(rerank.Score{}, rerank.Score{}), "document 0 was judged twice"},
		{"none", says(), "document 0 of 2 has none"},
		{"missing", says(rerank.Score{Index: 0}), "document 1 of 2 has none"},
		{"a panic midway", scorer(func(context.Context, rerank.Task) iter.Seq2[rerank.Score, error] {
			return func(func(rerank.Score, error) bool) { panic(panics) }
		}), "it panicked: boom"},
		{"a panic at once", scorer(func(context.Context, rerank.Task) iter.Seq2[rerank.Score, error] {
			panic(panics)
		}), "it panicked: boom"},
		{"no iterator", scorer(func(context.Context, rerank.Task) iter.Seq2[rerank.Score, error] {
			return nil
		}), "it panicked"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ranked, err := rerank.Rank(t.Context(), test.s, rerank.Task{Documents: make([]string, 2)}, 0)
			if ranked != nil || !errors.Is(err, rerank.ErrBadScore) {
				t.Fatalf("%v, %v: want an ErrBadScore", ranked, err)
			}
			if !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), `model "odd"`) {
				t.Errorf("%q does not say %q and which model", err, test.want)
			}
		})
	}
}

func TestRankOfAScorerThatJustStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := rerank.Rank(ctx, says(), rerank.Task{Documents: make([]string, 1)}, 0)
	if !errors.Is(err, context.Canceled) || errors.Is(err, rerank.ErrBadScore) {
		t.Errorf("%v: want the context's error", err)
	}
}

func TestCheckedPassesScoresOnBeforeTheError(t *testing.T) {
	fake := &reranktest.Fake{Trouble: reranktest.Beyond, After: 2}
	var got []int
	for score, err := range rerank.Checked(t.Context(), fake, rerank.Task{Documents: make([]string, 5)}) {
		if err != nil {
			break
		}
		got = append(got, score.Index)
	}
	if !slices.Equal(got, []int{0, 1}) {
		t.Errorf("scores of %v, want 0 and 1", got)
	}
}

func TestCheckedStopsWithItsConsumer(t *testing.T) {
	deaf := scorer(func(context.Context, rerank.Task) iter.Seq2[rerank.Score, error] {
		return func(yield func(rerank.Score, error) bool) {
			yield(rerank.Score{Index: 0}, nil)
			yield(rerank.Score{Index: 1}, nil) // whatever the first one said
		}
	})
	for _, s := range []rerank.Scorer{deaf, &reranktest.Fake{}} {
		n := 0
		for range rerank.Checked(t.Context(), s, rerank.Task{Documents: make([]string, 3)}) {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%d scores after a break", n)
		}
	}
}

func TestCheckedLeavesTheConsumersPanicAlone(t *testing.T) {
	defer func() {
		if p := recover(); p != "mine" {
			t.Errorf("recovered %v", p)
		}
	}()
	for range rerank.Checked(t.Context(), &reranktest.Fake{}, rerank.Task{Documents: make([]string, 3)}) {
		panic("mine")
	}
}

func TestRelevance(t *testing.T) {
	for _, test := range []struct{ logit, want float64 }{
		{0, 0.5}, {math.Log(3), 0.75}, {-math.Log(3), 0.25}, {7.120389938354492, 0.999192}, {-800, 0}, {800, 1},
	} {
		if got := (rerank.Score{Logit: test.logit}).Relevance(); math.Abs(got-test.want) > 1e-6 {
			t.Errorf("relevance of logit %v is %v, want %v", test.logit, got, test.want)
		}
	}
}

func TestLogitOf(t *testing.T) {
	for _, test := range []struct{ relevance, want float64 }{
		{0.5, 0}, {0.75, math.Log(3)}, {0, math.Log(1e-7 / (1 - 1e-7))}, {1, -math.Log(1e-7 / (1 - 1e-7))},
		{-3, math.Log(1e-7 / (1 - 1e-7))}, {3, -math.Log(1e-7 / (1 - 1e-7))},
	} {
		if got := rerank.LogitOf(test.relevance); math.Abs(got-test.want) > 1e-6 {
			t.Errorf("logit of relevance %v is %v, want %v", test.relevance, got, test.want)
		}
	}
	if got := rerank.LogitOf(math.NaN()); !math.IsNaN(got) {
		t.Errorf("logit of NaN is %v", got)
	}
}

func FuzzLogitOf(f *testing.F) {
	f.Add(0.0)
	f.Add(1.0)
	f.Add(math.Inf(-1))
	f.Fuzz(func(t *testing.T, relevance float64) {
		logit := rerank.LogitOf(relevance)
		if math.IsInf(logit, 0) || math.IsNaN(logit) != math.IsNaN(relevance) {
			t.Errorf("logit of %v is %v", relevance, logit)
		}
	})
}
