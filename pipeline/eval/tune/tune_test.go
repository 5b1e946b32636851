package tune_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/pipeline/eval"
	"github.com/quern-search/quern/pipeline/eval/tune"
)

var baseline = tune.Setting{Search: tune.Search{K1: 1.2, B: 0.75, TitleBoost: 1}, Window: 10, Blend: 0.3}

func TestGrid(t *testing.T) {
	g := tune.Grid{K1: []float64{0.9, 1.2}, Blend: []float64{0, 0.3}, Window: []int{10, 20}, Instruct: []string{"", "i"}}
	list := g.Settings(baseline)
	// BM25 alone has no window and no instruction, so it is there once for each k1; the baseline is one of the others.
	if len(list) != 2+2*2*2 || list[0] != baseline {
		t.Errorf("%d settings, the first is %v", len(list), list[0])
	}
	seen := map[string]bool{}
	for _, s := range list {
		if seen[s.String()] {
			t.Errorf("%s is there twice", s)
		}
		seen[s.String()] = true
	}
	for _, want := range []string{"model=none,k1=0.9,b=0.75,title-boost=1,passages=0", "k1=1.2,b=0.75,title-boost=1,passages=0,window=20,blend=0.3,instruct=i"} {
		if !seen[want] {
			t.Errorf("%s is missing from %v", want, list)
		}
	}
	if list := (tune.Grid{}).Settings(baseline); len(list) != 1 {
		t.Errorf("an empty grid: %v", list)
	}
}

// queries are n queries with one relevant document each.
func queries(n int) *eval.Dataset {
	d := &eval.Dataset{Qrels: eval.Qrels{}}
	for i := range n {
		id := fmt.Sprint("q", i)
		d.Queries = append(d.Queries, eval.Query{ID: id, Text: id})
		d.Qrels[id] = map[string]int{"right": 1}
	}
	return d
}

// A ranker puts the right document at a rank that depends on search and query.
type ranker struct {
	search tune.Search
	rank   func(s tune.Search, query string) int
	asked  *int
}

func (r ranker) Search(_ context.Context, q pipeline.Query) (pipeline.Answer, error) {
	*r.asked++
	var a pipeline.Answer
	right := r.rank(r.search, q.Text)
	for i := range 10 {
		h := pipeline.Hit{ID: fmt.Sprint("wrong", i), BM25: pipeline.BM25Score{Rank: i + 1, Score: float64(20 - i)}}
		if i+1 == right {
			h.ID = "right"
		}
		if !q.Off && i < q.Window {
			h.Rerank = &pipeline.RerankScore{Relevance: 0.1}
			if h.ID == "right" {
				h.Rerank = &pipeline.RerankScore{Relevance: 0.9, Logit: 1}
			}
		}
		a.Hits = append(a.Hits, h)
	}
	a.Rerank.Status = pipeline.OK
	if q.Off {
		a.Rerank.Status = pipeline.Off
	}
	a.Hits = pipeline.Order(a.Hits, q.Blend)
	return a, nil
}

func opened(asked *int, rank func(tune.Search, string) int) func(context.Context, tune.Search) (eval.Searcher, error) {
	return func(_ context.Context, s tune.Search) (eval.Searcher, error) { return ranker{s, rank, asked}, nil }
}

// Where one setting is better on every query, every fold finds it, and what is held out is what it is worth.
func TestRunFindsTheBest(t *testing.T) {
	for _, halving := range []bool{false, true} {
		asked := 0
		rank := func(s tune.Search, _ string) int { return 1 + int(math.Abs(s.K1-2)*4) } // best with k1 2
		bm25 := baseline
		bm25.Blend = 0
		r, err := tune.Run(t.Context(), tune.Config{
			Dataset: queries(64), Open: opened(&asked, rank), Metric: "RR@10", Halving: halving,
			Settings: tune.Grid{K1: []float64{0.5, 1, 1.5, 2}}.Settings(bm25),
		})
		if err != nil {
			t.Fatal(err)
		}
		if r.Best.K1 != 2 || r.Chosen != 1 || r.HeldOut.Mean != 1 || r.Comparison.Wins != 64 || r.Comparison.P > 0.001 || len(r.Folds) != 5 {
			t.Errorf("halving %v: %+v", halving, r)
		}
		if asked != r.Searches || !halving && asked != 5*64 || halving && asked > 4*64 {
			t.Errorf("halving %v: %d searches, told %d", halving, asked, r.Searches)
		}
	}
}

// One search serves all settings that differ in blend and window; the model is what makes the difference.
func TestRunSharesSearches(t *testing.T) {
	asked := 0
	r, err := tune.Run(t.Context(), tune.Config{
		Dataset: queries(20), Open: opened(&asked, func(tune.Search, string) int { return 8 }), Precision: 0.9,
		Settings: tune.Grid{Blend: []float64{0, 0.3, 1}, Window: []int{5, 10}}.Settings(baseline),
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Settings != 5 || r.Searches != 20 {
		t.Errorf("%d settings, %d searches", r.Settings, r.Searches)
	}
	if r.Best.Blend != 1 || r.Best.Window != 10 || r.HeldOut.Mean != 1 || r.Metric != "nDCG@10" {
		t.Errorf("%+v", r)
	}
	if want := (tune.Threshold{Wanted: 0.9, MinScore: 0.9, Precision: 1, Recall: 1, Shown: 20, Of: 200}); r.Threshold == nil || *r.Threshold != want {
		t.Errorf("threshold %+v, want %+v", r.Threshold, want)
	}
}

// Where settings differ by chance alone, the best of many looks better than it is, and what is held out does not.
func TestRunIsHonest(t *testing.T) {
	asked := 0
	rank := func(s tune.Search, query string) int {
		seed := math.Float64bits(s.K1)
		for _, c := range query {
			seed = seed*31 + uint64(c)
		}
		return 1 + rand.New(rand.NewPCG(seed, 1)).IntN(10)
	}
	bm25 := baseline
	bm25.Blend = 0
	var k1 []float64
	for i := range 40 {
		k1 = append(k1, 1+float64(i)/40)
	}
	r, err := tune.Run(t.Context(), tune.Config{Dataset: queries(60), Open: opened(&asked, rank), Settings: tune.Grid{K1: k1}.Settings(bm25), Metric: "RR@10"})
	if err != nil {
		t.Fatal(err)
	}
	const worth = 0.2929 // the mean of 1/1 to 1/10
	if r.Chosen < worth+0.05 || math.Abs(r.HeldOut.Mean-worth) > 0.08 || r.HeldOut.Mean > r.Chosen-0.05 || r.Comparison.P < 0.01 {
		t.Errorf("chosen %v, held out %v, p %v", r.Chosen, r.HeldOut, r.Comparison.P)
	}
	if len(r.Ranking) != 40 || r.Ranking[0].Setting != r.Best || r.Ranking[0].Mean != r.Chosen {
		t.Errorf("%d settings ranked, the first %+v", len(r.Ranking), r.Ranking[0])
	}
}

func TestRunRefuses(t *testing.T) {
	asked := 0
	two := tune.Grid{K1: []float64{1, 2}}.Settings(baseline)
	open := opened(&asked, func(tune.Search, string) int { return 1 })
	broken := func(context.Context, tune.Search) (eval.Searcher, error) { return nil, errors.New("no index") }
	tests := []struct {
		cfg  tune.Config
		want string
	}{
		{tune.Config{Dataset: queries(9), Open: open, Settings: two[:1]}, "one setting"},
		{tune.Config{Dataset: queries(3), Open: open, Settings: two}, "5 folds of 3 queries"},
		{tune.Config{Dataset: queries(9), Open: open, Settings: two, Precision: 1}, "precision is 1"},
		{tune.Config{Dataset: queries(9), Open: open, Settings: two, Metric: "MAP"}, `metric "MAP"`},
		{tune.Config{Dataset: queries(9), Open: broken, Settings: two}, "no index"},
		{tune.Config{Dataset: queries(9), Open: failing, Settings: two}, "7 of 7 queries were not judged to the end"},
	}
	for _, test := range tests {
		if _, err := tune.Run(t.Context(), test.cfg); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %s", err, test.want)
		}
	}
}

// late is a model that gives up.
type late struct{}

func (late) Search(context.Context, pipeline.Query) (pipeline.Answer, error) {
	return pipeline.Answer{Rerank: pipeline.Rerank{Status: pipeline.Failed, Reason: "late"}}, nil
}

func failing(context.Context, tune.Search) (eval.Searcher, error) { return late{}, nil }

func ExampleGrid_Settings() {
	for _, s := range (tune.Grid{B: []float64{0.4, 0.75}, Blend: []float64{0, 0.3}}).Settings(baseline) {
		fmt.Println(s)
	}
	// Output:
	// k1=1.2,b=0.75,title-boost=1,passages=0,window=10,blend=0.3
	// model=none,k1=1.2,b=0.4,title-boost=1,passages=0
	// k1=1.2,b=0.4,title-boost=1,passages=0,window=10,blend=0.3
	// model=none,k1=1.2,b=0.75,title-boost=1,passages=0
}
