package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/errgroup"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/retrieve"
)

// pipelineFlags say how a search goes.
type pipelineFlags struct {
	window        int
	topN          int
	deadline      time.Duration
	fallbackAfter time.Duration
	minScore      float64
	blend         float64
	instruct      string
	titleBoost    float64
	k1, b         float64
}

func (f *pipelineFlags) add(flags *pflag.FlagSet) {
	flags.IntVar(&f.window, "window", pipeline.DefaultWindow, "let the model judge the `N` best of BM25")
	flags.IntVar(&f.topN, "top-n", pipeline.DefaultTopN, "give at most `N` hits")
	flags.DurationVar(&f.deadline, "deadline", pipeline.DefaultDeadline, "the `TIME` that judging may take; what is not judged by then follows in BM25's order")
	flags.DurationVar(&f.fallbackAfter, "fallback-after", 0, "the `TIME` that each model but the last may take (default: two thirds of what is left of --deadline)")
	flags.Float64Var(&f.minScore, "min-score", 0, "leave out hits that the model finds less relevant than `R`, 0 to 1")
	addBlend(flags, &f.blend)
	addBM25(flags, &f.k1, &f.b)
	addTitleBoost(flags, &f.titleBoost)
	flags.StringVar(&f.instruct, "instruct", "", "tell the model in an English `SENTENCE` what relevant means here")
}

func addBM25(flags *pflag.FlagSet, k1, b *float64) {
	flags.Float64Var(k1, "k1", retrieve.DefaultK1, "BM25's `K1`: how slowly more occurrences of a word stop to matter")
	flags.Float64Var(b, "b", retrieve.DefaultB, "BM25's `B`: how much a long text is held against a document, 0 to 1")
}

func addTitleBoost(flags *pflag.FlagSet, boost *float64) {
	flags.Float64Var(boost, "title-boost", 1, "count a word in the title `N` times in BM25, 0.01 to 100")
}

func addBlend(flags *pflag.FlagSet, blend *float64) {
	flags.Float64Var(blend, "blend", 0, "the `WEIGHT` of relevance beside BM25, up to 1 for relevance alone (default: what the model's file recommends)")
}

func (f pipelineFlags) check(cmd *cobra.Command) error {
	errs := []error{
		inRange("window", f.window, 1, pipeline.MaxCandidates),
		inRange("top-n", f.topN, 1, pipeline.MaxCandidates),
		inRange("min-score", f.minScore, 0, 1),
		inRange("title-boost", f.titleBoost, 0.01, 100),
		checkBlend(cmd, f.blend),
	}
	if _, err := retrieve.New(nil, f.bm25()); err != nil {
		errs = append(errs, usageError{err})
	}
	if f.deadline <= 0 {
		errs = append(errs, usagef("--deadline is %v: give a time such as 500ms or 15s, or search without a model: --model none", f.deadline))
	}
	switch flags := cmd.Flags(); {
	case !flags.Changed("fallback-after"):
	case !flags.Changed("fallback"):
		errs = append(errs, usagef("--fallback-after without a model to fall back on: name one with --fallback"))
	case f.fallbackAfter <= 0 || f.fallbackAfter >= f.deadline:
		errs = append(errs, usagef("--fallback-after is %v: give a time below the --deadline, which is %v", f.fallbackAfter, f.deadline))
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkBlend refuses a weight of 0: it would pay for a model and not listen to it.
func checkBlend(cmd *cobra.Command, blend float64) error {
	if blend == 0 && cmd.Flags().Changed("blend") {
		return usagef("--blend is 0, which is BM25 alone: say --model none")
	}
	return inRange("blend", blend, 0, 1)
}

func (f pipelineFlags) bm25() retrieve.Config {
	return retrieve.Config{K1: &f.k1, B: &f.b, TitleBoost: f.titleBoost}
}

// stages are the two stages of a search, opened.
type stages struct {
	index  *index.Index
	filled filling
	models []model      // in the order in which they are asked; none: BM25 alone
	tracer trace.Tracer // makes spans of both stages; nil: there are none
}

// openStages opens the index and loads the models side by side.
func openStages(ctx context.Context, c corpusFlags, m modelFlags, at console) (s stages, err error) {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { s.index, s.filled, err = c.open(ctx, at.stderr); return err })
	g.Go(func() (err error) { s.models, err = m.open(ctx, at); return err })
	if err := g.Wait(); err != nil {
		if s.index != nil {
			err = errors.Join(err, s.index.Close())
		}
		return stages{}, err
	}
	return s, nil
}

// pipeline puts the stages together.
func (s stages) pipeline(f pipelineFlags, log *slog.Logger) (*pipeline.Pipeline, error) {
	bm25, err := retrieve.New(s.index, f.bm25())
	if err != nil {
		return nil, err
	}
	cfg := pipeline.Config{
		Retriever:     bm25,
		FallbackAfter: f.fallbackAfter,
		Window:        f.window,
		TopN:          f.topN,
		Deadline:      f.deadline,
		MinScore:      f.minScore,
		Blend:         f.blend,
		Instruct:      f.instruct,
		Logger:        log,
	}
	if s.tracer != nil {
		cfg.Retriever = tracedRetriever{bm25, s.tracer}
	}
	for i, m := range s.models {
		if s.tracer != nil {
			m.scorer = tracedScorer{m.scorer, s.tracer}
		}
		if i == 0 {
			cfg.Scorer = m.scorer
		} else {
			cfg.Fallback = append(cfg.Fallback, m.scorer)
		}
	}
	return pipeline.New(cfg)
}
