package eval

import (
	"context"
	"fmt"
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
	Name  string
	Blend float64 // 0: BM25 alone, 1: the model alone
}

// A Config says what to measure. The zero value measures BM25.
type Config struct {
	Systems  []System // default: BM25 alone. If none has a Blend above 0, the model is not asked
	Window   int      // candidates that the model judges a query; default 50. What is below stays in BM25 order
	Depth    int      // results a query; default 100
	Instruct string   // default: the pipeline's
	Metrics  []string // names for ParseMetric; default: DefaultMetrics()
	Seed     uint64   // of the confidence intervals; default 0, and always the same intervals

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

// deadline replaces the pipeline's: an evaluation waits for the model, unless it is stuck.
const deadline = time.Hour

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
