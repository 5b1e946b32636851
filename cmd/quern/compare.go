package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/quern-search/quern/pipeline/eval"
)

// compareCommand is what `quern compare` was told.
type compareCommand struct {
	base    evalCommand // what all systems have in common
	systems []string
	metric  string
	asJSON  bool
}

// A comparing is the form of `compare --json`.
type comparing struct {
	Systems     []eval.SystemReport `json:"systems"`
	Comparisons []eval.Comparison   `json:"comparisons"`
}

func newCompare() *cobra.Command {
	var c compareCommand
	cmd := &cobra.Command{
		Use:                   "compare --system SETTINGS --system SETTINGS...",
		DisableFlagsInUseLine: true,
		Short:                 "Tell whether one way to search is better than another, or chance",
		Long: `compare asks the judged queries of each system, and tests for every two whether their difference is more than chance.
A system is its settings, joined with commas: model, blend, window, min-score, instruct, k1, b, title-boost, passages,
overlap; or the name of a file with a run, which ` + "`quern eval --save-runs`" + ` saves or another search engine wrote for TREC.

The table has the mean difference with its 95 % interval, the p-value of Fisher's randomisation test, the same corrected
for the number of comparisons (Holm), and on how many queries the second system is better, equal and worse. "~" stands
where no difference is shown; "detectable" is the least one that so many queries would show four times out of five, and
"alike" how alike the rankings are, from 0 to 1 (RBO at 0.9). --json has the paired t-test and the bootstrap test too.`,
		Example: `  quern compare --system model=none --system model=none,k1=0.9,b=0.4
  quern compare --system model=none --system model=tiny --system model=tiny,blend=1,window=30
  quern compare --data ./scifact --system model=none --system model=none,passages=150 --json
  quern compare --data ./scifact --system model=none --system ./elasticsearch.run`,
		Args: arguments(cobra.NoArgs, "systems with --system"),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&c.systems, "system", nil, "compare a system with these `SETTINGS`, such as model=tiny,blend=0.3, or the run in this file; two at least")
	c.base.from.add(flags)
	c.base.models.add(flags)
	flags.StringVar(&c.metric, "metric", "nDCG@10", "compare by `METRIC`, such as RR@10 or R@100")
	flags.StringVar(&c.base.runs, "save-runs", "", "save what each system answered in the folder `DIR`, as a run of TREC")
	c.base.scores.add(flags)
	flags.BoolVar(&c.asJSON, "json", false, "print JSON")
	return cmd
}

func (c compareCommand) run(cmd *cobra.Command) error {
	if len(c.systems) < 2 {
		return usagef("--system is given %d times: give it for each of the systems, two at least", len(c.systems))
	}
	if err := c.base.from.check(); err != nil {
		return err
	}
	if _, err := eval.ParseMetric(c.metric); err != nil {
		return usageError{err}
	}
	if c.base.metrics = eval.DefaultMetrics(); !slices.Contains(c.base.metrics, c.metric) {
		c.base.metrics = append(c.base.metrics, c.metric)
	}
	systems := make([]evalCommand, len(c.systems))
	for i, settings := range c.systems {
		var err error
		if isRun(settings) {
			systems[i] = c.base
			systems[i].saved = settings
		} else if systems[i], err = c.base.with(settings); err != nil {
			return err
		}
	}
	reports, err := c.measure(cmd.Context(), systems, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	all, err := eval.CompareAll(reports, c.metric, 0)
	if err != nil {
		return err
	}
	if c.asJSON {
		return writeJSON(cmd.OutOrStdout(), comparing{reports, all})
	}
	return writeComparisons(cmd.OutOrStdout(), reports, all, c.metric)
}

// measure evaluates the systems one after the other. Indexes and models are made once for all that have the same.
func (c compareCommand) measure(ctx context.Context, systems []evalCommand, stderr io.Writer) (reports []eval.SystemReport, err error) {
	d, err := c.base.from.open()
	if err != nil {
		return nil, err
	}
	shared, err := newWorkshop(c.base.from, d, c.base.scores, stderr)
	if err != nil {
		return nil, err
	}
	defer shared.close()
	for i, s := range systems {
		report, err := shared.evaluate(ctx, s, c.systems[i])
		if err != nil {
			return nil, fmt.Errorf("system %q: %w", c.systems[i], err)
		}
		for _, w := range report.Warnings {
			warnf(stderr, "system %q: %s", c.systems[i], w)
		}
		reports = append(reports, report.Systems...)
	}
	return reports, saveRuns(c.base.runs, reports, stderr)
}

// writeComparisons prints what each system has, and then a row for every two.
func writeComparisons(w io.Writer, reports []eval.SystemReport, all []eval.Comparison, metric string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\tsystem\t%s\n", metric)
	for i, r := range reports {
		e := r.Metrics[metric]
		fmt.Fprintf(table, "%d\t%s\t%.4f [%.4f, %.4f]\n", i+1, r.Name, e.Mean, e.CI[0], e.CI[1])
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	table = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tdifference\tp\tHolm\tbetter\tequal\tworse\tdetectable\talike")
	next := 0
	for i := range reports {
		for k := i + 1; k < len(reports); k++ {
			one := all[next]
			next++
			sign := "~"
			if one.PHolm < eval.Significant {
				sign = "*"
			}
			fmt.Fprintf(table, "%d to %d\t%s %+.4f [%+.4f, %+.4f]\t%.4f\t%.4f\t%d\t%d\t%d\t%.4f\t%.2f\n", i+1, k+1, sign,
				one.Difference, one.CI[0], one.CI[1], one.P, one.PHolm, one.Wins, one.Ties, one.Losses, one.Detectable, one.RBO)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%d queries; *: a difference is shown (Holm's p below %g), ~: it is not\n", reports[0].Queries, eval.Significant)
	return err
}
