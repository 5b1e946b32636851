package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/pipeline/eval"
	"github.com/quern-search/quern/pipeline/eval/tune"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/retrieve"
)

// tuneCommand is what `quern tune` was told.
type tuneCommand struct {
	from     dataFlags
	model    string
	models   storeFlags
	grid     tune.Grid
	instruct string // a file of instructions
	overlap  int
	metric   string
	search   string
	folds    int
	seed     uint64
	want     float64
	out      string
	scores   scoreFlags
	asJSON   bool
}

// The ways to search among settings.
const (
	searchGrid    = "grid"
	searchHalving = "halving"
)

func newTune() *cobra.Command {
	var c tuneCommand
	cmd := &cobra.Command{
		Use:   "tune",
		Short: "Find better settings, and say honestly how much better they are",
		Long: `tune tries all combinations of the given values on the judged queries, and writes the best as a file for serve --config.

The best of many settings looks better on the queries that chose it than it is. So the queries are split into folds, each
fold is ranked with what was best on the others, and that is compared with the baseline: the default settings, with the
first of --passages. "~" means that tuning is not shown to help: then keep the defaults, or judge more queries.

A pair of query and text is judged once, however many settings there are. --search halving gives bad settings up after a
few queries. With --precision it also finds the least relevance (min-score) for which so many of the hits are relevant.`,
		Example: `  quern tune --model none
  quern tune --corpus ./docs --qrels quepid.csv --out tuned.toml
  quern tune --data ./scifact --window 20,50 --blend 0.1,0.3,0.5 --search halving
  quern tune --model ./Qwen3-Reranker-0.6B.Q8_0.gguf --instructions sentences.txt --precision 0.8
  quern serve --corpus ./docs --config tuned.toml`,
		Args: arguments(cobra.NoArgs, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	flags := cmd.Flags()
	c.from.add(flags)
	flags.StringVar(&c.model, "model", modelTiny, modelHelp+"; it is not probed first")
	addNumbers(flags, &c.grid.K1, "k1", []float64{0.9, 1.2, 1.6}, "the values of BM25's `K1` to try")
	addNumbers(flags, &c.grid.B, "b", []float64{0.4, 0.75}, "the values of BM25's `B` to try")
	addNumbers(flags, &c.grid.TitleBoost, "title-boost", []float64{1, 2, 3}, "how many `TIMES` a word in the title counts: the numbers to try")
	addNumbers(flags, &c.grid.Passages, "passages", []int{index.DefaultPassageTokens}, "the lengths of passages to try, in `TOKENS`; 0 for whole documents")
	addNumbers(flags, &c.grid.Window, "window", []int{20, 50}, "how many of BM25's best the model judges: the `NUMBERS` to try")
	addNumbers(flags, &c.grid.Blend, "blend", []float64{0, 0.1, 0.2, 0.3, 0.5, 0.7, 1}, "the `WEIGHTS` of relevance beside BM25 to try; 0 is BM25 alone")
	addNumbers(flags, &c.grid.MinScore, "min-score", nil, "the least `RELEVANCES` to try, under which hits are left out (default: none are)")
	flags.StringVar(&c.instruct, "instructions", "", "try the instructions in `FILE`, one a line, and the default one")
	flags.IntVar(&c.overlap, "overlap", index.DefaultPassageOverlap, "the `N` tokens at most that a passage has in common with the one before")
	flags.StringVar(&c.metric, "metric", "nDCG@10", "find what is best by `METRIC`")
	flags.StringVar(&c.search, "search", searchGrid, "the `WAY` to search: every setting on every query (grid), or give up bad ones early (halving)")
	flags.IntVar(&c.folds, "folds", tune.DefaultFolds, "split the queries into `N` parts, each ranked with what is best on the others")
	flags.Uint64Var(&c.seed, "seed", 0, "split the queries in another way for each `N`")
	flags.Float64Var(&c.want, "precision", 0, "find a least relevance for which this `SHARE` of hits is relevant, such as 0.8")
	flags.StringVar(&c.out, "out", "", "write the best setting to `FILE`, for serve --config")
	c.models.add(flags)
	c.scores.add(flags)
	flags.BoolVar(&c.asJSON, "json", false, "print JSON")
	return cmd
}

// addNumbers adds a flag of several numbers, with commas between, and tells its default as it would be typed.
func addNumbers[N int | float64](flags *pflag.FlagSet, to *[]N, name string, values []N, usage string) {
	switch to := any(to).(type) {
	case *[]int:
		flags.IntSliceVar(to, name, any(values).([]int), usage)
	case *[]float64:
		flags.Float64SliceVar(to, name, any(values).([]float64), usage)
	}
	flags.Lookup(name).DefValue = strings.Join(strings.Fields(strings.Trim(fmt.Sprint(values), "[]")), ",")
}

func (c *tuneCommand) check() error {
	if c.search != searchGrid && c.search != searchHalving {
		return usagef("--search is %q: give %s or %s", c.search, searchGrid, searchHalving)
	}
	errs := []error{c.from.check(), checkMetrics([]string{c.metric}), inRange("folds", c.folds, 2, 1000), inRange("precision", c.want, 0, 0.9999)}
	for _, w := range c.grid.Window {
		errs = append(errs, inRange("window", w, 1, pipeline.MaxCandidates))
	}
	for _, p := range append(c.grid.Passages, c.overlap) {
		errs = append(errs, inRange("passages", p, 0, maxPassage))
	}
	for _, b := range c.grid.Blend {
		errs = append(errs, inRange("blend", b, 0, 1))
	}
	for _, m := range c.grid.MinScore {
		errs = append(errs, inRange("min-score", m, 0, 1))
	}
	for _, s := range c.grid.Settings(tune.Setting{Search: tune.Search{K1: retrieve.DefaultK1, B: retrieve.DefaultB, TitleBoost: 1}}) {
		if _, err := retrieve.New(nil, bm25Of(s.Search)); err != nil {
			errs = append(errs, usageError{err})
			break
		}
	}
	return cmp.Or(errs...)
}

// maxPassage bounds a passage in tokens: more is a whole document.
const maxPassage = 1_000_000

func bm25Of(s tune.Search) retrieve.Config {
	return retrieve.Config{K1: &s.K1, B: &s.B, TitleBoost: s.TitleBoost}
}

func (c *tuneCommand) run(cmd *cobra.Command) error {
	if err := c.check(); err != nil {
		return err
	}
	ctx, stderr := cmd.Context(), cmd.ErrOrStderr()
	c.scores.always = true // or every search would judge the same anew
	cfg, w, err := c.configure(ctx, stderr)
	if err != nil {
		return err
	}
	defer w.close()
	shown, known := newProgress(stderr, "searches"), w.store.length()
	cfg.Progress = shown.step
	r, err := tune.Run(ctx, cfg)
	shown.end()
	if err != nil {
		return err
	}
	if judged := w.store.length() - known; judged > 0 {
		fmt.Fprintf(stderr, "quern: the model judged %d pairs of a query and a text, each once\n", judged)
	}
	switch t := r.Threshold; {
	case c.want > 0 && t == nil:
		warnf(stderr, "no least relevance makes %g of the hits relevant: ask for less, or for another model", c.want)
	case c.want > 0 && t.Precision < c.want-shortOf:
		warnf(stderr, "the least relevance makes %.2f of the hits relevant where it was not chosen, and not %g: judge more queries", t.Precision, c.want)
	}
	if c.out != "" {
		if err := writeFile(c.out, func(w io.Writer) error { return writeTuned(w, c.model, r) }); err != nil {
			return err
		}
		fmt.Fprintf(stderr, "quern: wrote %s: quern serve --config %s\n", c.out, c.out)
	}
	if c.asJSON {
		return writeJSON(cmd.OutOrStdout(), r)
	}
	return writeTuning(cmd.OutOrStdout(), r)
}

// shortOf is how far a precision may fall short of the one wanted without a word: chance alone does as much.
const shortOf = 0.05

// configure opens what is tuned, in a workshop that is to be closed.
func (c *tuneCommand) configure(ctx context.Context, stderr io.Writer) (cfg tune.Config, w *workshop, err error) {
	d, err := c.from.open()
	if err != nil {
		return cfg, nil, err
	}
	tell(d.Warnings, stderr)
	w, err = newWorkshop(c.from, d, c.scores, stderr)
	if err != nil {
		return cfg, nil, err
	}
	m, err := w.model(ctx, evalCommand{model: c.model, models: c.models})
	if err != nil {
		w.close()
		return cfg, nil, err
	}
	if m == nil {
		c.grid.Blend, c.grid.Window = []float64{0}, nil
	}
	if c.grid.Instruct, err = readInstructions(c.instruct); err != nil {
		w.close()
		return cfg, nil, err
	}
	open := func(ctx context.Context, s tune.Search) (eval.Searcher, error) { return c.open(ctx, w, m, s) }
	return tune.Config{
		Dataset: d, Open: open, Settings: c.grid.Settings(c.baseline(m)), Metric: c.metric, Folds: c.folds,
		Halving: c.search == searchHalving, Seed: c.seed, Precision: c.want,
	}, w, nil
}

// baseline is how serve searches when nobody says more.
func (c *tuneCommand) baseline(m rerank.Scorer) tune.Setting {
	s := tune.Setting{Search: tune.Search{K1: retrieve.DefaultK1, B: retrieve.DefaultB, TitleBoost: 1}}
	if len(c.grid.Passages) > 0 {
		s.Passages = c.grid.Passages[0]
	}
	if m != nil {
		s.Window, s.Blend = pipeline.DefaultWindow, cmp.Or(m.Model().Blend, 1)
	}
	return s
}

func (c *tuneCommand) open(ctx context.Context, w *workshop, m rerank.Scorer, s tune.Search) (eval.Searcher, error) {
	x, err := w.index(ctx, passagesOf(s.Passages, c.overlap))
	if err != nil {
		return nil, err
	}
	bm25, err := retrieve.New(x, bm25Of(s))
	if err != nil {
		return nil, err
	}
	return pipeline.New(pipeline.Config{Retriever: bm25, Scorer: w.store.behind(m), NoSkip: true, CacheBytes: -1})
}

// readInstructions reads a file of instructions, one a line; blank lines are left out. The default one, which is empty
// here, comes first. Without a file there is none to try.
func readInstructions(path string) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list := []string{""}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if text := strings.TrimSpace(lines.Text()); text != "" {
			list = append(list, text)
		}
	}
	return list, lines.Err()
}
