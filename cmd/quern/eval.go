package main

import (
	"cmp"
	"context"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/pipeline/eval"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/retrieve"
)

// evalCommand is what `quern eval` was told.
type evalCommand struct {
	from     dataFlags
	model    string
	models   storeFlags
	instruct string
	window   int
	k1, b    float64
	title    float64
	passages int
	overlap  int
	blend    float64
	minScore float64 // of a system of compare; eval itself leaves nothing out
	asJSON   bool

	metrics  []string // nil: the usual ones
	perQuery bool
	runs     string // a folder for runs; empty: they are not saved
	baseline string // a file with a report, by which this one is gated; empty: it is not
	scores   scoreFlags

	collections collectionFlags

	saved string // a file that has the answers already, for compare; empty: they are searched for
}

func newEval() *cobra.Command {
	var c evalCommand
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Measure rankings against judgments",
		Long: `eval asks every judged query and measures three rankings: BM25's, the model's, and their blend. It prints means over
the queries with 95 % confidence intervals. Queries without a relevant document are left out.

A data folder has BEIR's layout: corpus.jsonl, queries.jsonl and qrels/test.tsv. A file "lang" may name the language.
Judgments may as well come from a file in the form of another tool, over documents of any kind.`,
		Example: `  quern eval                                    # the built-in articles and queries
  quern eval --model none --k1 0.9 --b 0.4
  quern eval --model none --passages=150 --title-boost 2
  quern eval --corpus ./docs --qrels quepid.csv
  quern eval --data ./scifact --qrels ./scifact/qrels/train.tsv --model none
  quern eval --data ./scifact --model ./Qwen3-Reranker-0.6B.Q8_0.gguf --queries 50
  quern eval --metric nDCG@10 --per-query --json > baseline.json
  quern eval --gate baseline.json
  quern eval --collections ./data --leave-out 'xquad-*' > table.md
  quern eval --json | jq '.systems[].metrics["nDCG@10"]'`,
		Args: arguments(cobra.NoArgs, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	flags := cmd.Flags()
	c.from.add(flags)
	flags.StringVar(&c.model, "model", modelTiny, modelHelp+"; it is not probed first")
	c.models.add(flags)
	flags.StringVar(&c.instruct, "instruct", "", "tell the model in an English `SENTENCE` what relevant means here")
	flags.IntVar(&c.window, "window", eval.DefaultWindow, "let the model judge the `N` best of BM25")
	addBM25(flags, &c.k1, &c.b)
	addTitleBoost(flags, &c.title)
	flags.IntVar(&c.passages, "passages", 0, "search and judge passages of `N` tokens and rank documents by their best one; without =N of "+strconv.Itoa(index.DefaultPassageTokens)+" (default: whole documents)")
	flags.Lookup("passages").NoOptDefVal = strconv.Itoa(index.DefaultPassageTokens)
	flags.IntVar(&c.overlap, "overlap", index.DefaultPassageOverlap, "the `N` tokens at most that a passage has in common with the one before")
	addBlend(flags, &c.blend)
	flags.StringArrayVar(&c.metrics, "metric", nil, "measure by `METRIC`, such as nDCG@10, RR@10, AP, P@5, R@100, Judged@10, Success@1 or ERR@10; repeat it for more (default: the usual six)")
	flags.BoolVar(&c.perQuery, "per-query", false, "print the values of every query too")
	flags.StringVar(&c.runs, "save-runs", "", "save what each system answered in the folder `DIR`, as a run of TREC")
	flags.StringVar(&c.baseline, "gate", "", "compare with the baseline in `FILE`, which --per-query --json printed, and end with status 1 if a metric has fallen and it is not chance")
	flags.StringVar(&c.collections.dir, "collections", "", "print a table over all data folders in the folder `DIR` that are in English, over the first 200 queries of each by ID unless --queries says another number")
	flags.StringArrayVar(&c.collections.leaveOut, "leave-out", nil, "leave the folders out whose names match `PATTERN`, such as those that the model was trained on; may be repeated")
	flags.BoolVar(&c.collections.all, "all", false, "with --collections, ask all queries")
	c.scores.add(flags)
	flags.BoolVar(&c.asJSON, "json", false, "print JSON")
	return cmd
}

func (c evalCommand) run(cmd *cobra.Command) error {
	if err := c.check(cmd); err != nil {
		return err
	}
	ctx, stderr := cmd.Context(), cmd.ErrOrStderr()
	if c.collections.dir != "" {
		return c.table(ctx, cmd.OutOrStdout(), stderr)
	}
	var baseline *eval.Report
	if c.baseline != "" {
		var err error
		if baseline, err = readBaseline(c.baseline); err != nil {
			return err
		}
		c.metrics, c.perQuery = baseline.Metrics, true
	}
	d, report, err := c.measure(ctx, stderr)
	if err != nil {
		return err
	}
	if err := saveRuns(c.runs, report.Systems, stderr); err != nil {
		return err
	}
	for _, w := range report.Warnings {
		warnf(stderr, "%s", w)
	}
	if baseline != nil {
		return c.gate(baseline, report, cmd.OutOrStdout(), stderr)
	}
	return c.print(cmd.OutOrStdout(), d, report)
}

// measure opens what is measured, and measures it.
func (c evalCommand) measure(ctx context.Context, stderr io.Writer) (*eval.Dataset, *eval.Report, error) {
	scorer, err := c.scorer(ctx)
	if err != nil {
		return nil, nil, err
	}
	store, err := c.scores.open(stderr)
	if err != nil {
		return nil, nil, err
	}
	defer store.close()
	d, err := c.from.open()
	if err != nil {
		return nil, nil, err
	}
	x, err := c.from.fill(ctx, d, passagesOf(c.passages, c.overlap), stderr)
	if err != nil {
		return nil, nil, err
	}
	defer x.Close()
	report, err := c.evaluate(ctx, d, x, scorer, store, c.systems(scorer), stderr)
	return d, report, err
}

func (c evalCommand) print(w io.Writer, d *eval.Dataset, report *eval.Report) error {
	if c.asJSON {
		return writeJSON(w, report)
	}
	if c.perQuery {
		if err := writePerQuery(w, d, report); err != nil {
			return err
		}
	}
	return writeReport(w, report)
}

func (c evalCommand) check(cmd *cobra.Command) error {
	if c.baseline != "" && len(c.metrics) > 0 {
		return usagef("--metric with --gate: the metrics are those of the baseline: leave --metric out")
	}
	return cmp.Or(checkBlend(cmd, c.blend), c.from.check(), checkMetrics(c.metrics), c.collections.check(c), c.checkSystem())
}

func (c evalCommand) bm25() retrieve.Config {
	return retrieve.Config{K1: &c.k1, B: &c.b, TitleBoost: c.title}
}

// scorer loads the model, without a probe: what a model is worth is what an evaluation finds out.
func (c evalCommand) scorer(ctx context.Context) (rerank.Scorer, error) {
	if c.model == modelNone {
		return nil, nil
	}
	return openBackend(ctx, c.model, c.models.store())
}

// evaluate measures systems that ask the same model and the same index.
func (c evalCommand) evaluate(ctx context.Context, d *eval.Dataset, x *index.Index, scorer rerank.Scorer, store scoreStore, systems []eval.System, stderr io.Writer) (*eval.Report, error) {
	bm25, err := retrieve.New(x, c.bm25())
	if err != nil {
		return nil, err
	}
	p, err := pipeline.New(pipeline.Config{Retriever: bm25, Scorer: store.behind(scorer), NoSkip: true, CacheBytes: -1})
	if err != nil {
		return nil, err
	}
	shown := newProgress(stderr, "queries")
	defer shown.end()
	return eval.Evaluate(ctx, d, p, eval.Config{
		Systems:  systems,
		Metrics:  c.metrics,
		Window:   c.window,
		Instruct: c.instruct,
		PerQuery: c.perQuery,
		Store:    store.Store,
		Progress: shown.step,
	})
}

// systems are the rankings that are compared. The blend is one of its own only where it is not the model alone.
func (c evalCommand) systems(scorer rerank.Scorer) []eval.System {
	list := []eval.System{{Name: "bm25"}}
	if scorer == nil {
		return list
	}
	m := scorer.Model()
	list = append(list, eval.System{Name: m.Name, Blend: 1})
	blend := cmp.Or(c.blend, m.Blend)
	if blend > 0 && blend < 1 {
		list = append(list, eval.System{Name: "bm25+" + m.Name, Blend: blend})
	}
	return list
}
