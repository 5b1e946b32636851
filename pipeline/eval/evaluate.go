package eval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/quern-search/quern/pipeline"
)

// A Searcher answers queries. *[pipeline.Pipeline] is one. For an evaluation make it with NoSkip, so that the model
// judges everything, without MinScore, so that nothing is left out, and with CacheBytes -1, so that times are true.
type Searcher interface {
	Search(ctx context.Context, q pipeline.Query) (pipeline.Answer, error)
}

// A System is a way to order an answer: see [pipeline.Order]. All systems of an evaluation share one pass of the model.
type System struct {
	Name     string
	Blend    float64 // 0: BM25 alone, 1: the model alone
	Window   int     // candidates that the model judges; default: Config.Window, which must not be less
	MinScore float64 // relevance (0..1) under which a judged hit is left out; default 0: none is
}

// A Config says what to measure. The zero value measures BM25.
type Config struct {
	Systems  []System // default: BM25 alone. If none has a Blend above 0, the model is not asked
	Window   int      // candidates that the model judges a query; default 50. What is below stays in BM25 order
	Depth    int      // results a query; default 100, or as many as the deepest metric looks at
	Instruct string   // default: the pipeline's
	Metrics  []string // names for ParseMetric; default: DefaultMetrics()
	Seed     uint64   // of the confidence intervals; default 0, and always the same intervals
	PerQuery bool     // report the values of every query too
	Brief    bool     // leave out runs and intervals, for who tries many systems and needs their values only
	Store    *Store   // where the model's scores are kept, if they are: for the times that it took; default: nowhere

	// Progress is called after each query, with how many are done; default: nothing.
	Progress func(done, total int)
}

// The defaults of Config.
const (
	DefaultWindow = pipeline.DefaultWindow
	DefaultDepth  = 100
)

// DefaultMetrics are what a relevance engineer looks at first.
func DefaultMetrics() []string {
	return []string{"nDCG@10", "RR@10", "AP@100", "P@10", "R@100", "Success@1"}
}

// Deadline replaces the pipeline's: an evaluation waits for the model, unless it is stuck.
const Deadline = time.Hour

// Evaluate asks s every query of d once and measures every system. It ends with an error when a search does, not when
// the model fails: then the report warns.
func Evaluate(ctx context.Context, d *Dataset, s Searcher, cfg Config) (*Report, error) {
	e, err := newEvaluation(d, cfg)
	if err != nil {
		return nil, err
	}
	for i, q := range d.Queries {
		answer, err := s.Search(ctx, e.ask(q))
		if err != nil {
			return nil, fmt.Errorf("eval: query %q: %w", q.ID, err)
		}
		e.take(q, answer)
		if cfg.Progress != nil {
			cfg.Progress(i+1, len(d.Queries))
		}
	}
	return e.finish(), nil
}

// EvaluateRun measures a run, as a system of that name: all of it, unless cfg.Depth says how much. What cfg says of searches
// is not used otherwise. Queries that
// the run does not have count as without results, and the report warns of them. There are no times.
func EvaluateRun(d *Dataset, name string, run Run, cfg Config) (*Report, error) {
	cfg.Systems = []System{{Name: name}}
	depth := cmp.Or(cfg.Depth, math.MaxInt)
	e, err := newEvaluation(d, cfg)
	if err != nil {
		return nil, err
	}
	missing := 0
	for _, q := range d.Queries {
		results, ok := run[q.ID]
		if !ok {
			missing++
		}
		if d.SkipSelf {
			results = slices.DeleteFunc(slices.Clone(results), func(r Ranked) bool { return r.ID == q.ID })
		}
		e.measure(0, q, results[:min(depth, len(results))])
	}
	report := e.finish()
	if missing > 0 {
		report.Warnings = append(report.Warnings, fmt.Sprintf("eval: the run has nothing for %d of %d queries, which count as without results", missing, len(d.Queries)))
	}
	return report, nil
}
