package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/pipeline/eval"
)

// A gatedReport is the form of `eval --gate --json`.
type gatedReport struct {
	*eval.Report
	Gate         []eval.Comparison `json:"gate"`
	GateWarnings []string          `json:"gate_warnings"`
}

func readBaseline(path string) (*eval.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := eval.ReadBaseline(f)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	return b, nil
}

// gate holds a report against a baseline, prints how they compare, and fails where a metric has fallen.
func (c evalCommand) gate(baseline, now *eval.Report, stdout, stderr io.Writer) error {
	g, err := eval.Gate(baseline, now, now.Seed)
	if err != nil {
		return err
	}
	for _, w := range g.Warnings {
		warnf(stderr, "%s", w)
	}
	if c.asJSON {
		err = writeJSON(stdout, gatedReport{now, g.Comparisons, g.Warnings})
	} else {
		err = writeGate(stdout, baseline, now, g)
	}
	if err != nil {
		return err
	}
	if err := c.measured(baseline, now); err != nil {
		return err
	}
	var fallen []string
	for _, f := range g.Fallen() {
		fallen = append(fallen, fmt.Sprintf("%s of %s by %.4f", f.Metric, f.B, -f.Difference))
	}
	if len(fallen) > 0 {
		return fmt.Errorf("worse than the baseline: %s: if that is right, make the baseline anew: quern eval --per-query --json", strings.Join(fallen, ", "))
	}
	return nil
}

// measured makes sure that a gate that was passed has looked at the model, if there is to be one: that every system of the
// baseline was measured, and the model judged every query to its end. What it does not judge is BM25's order, which may well
// be better.
func (c evalCommand) measured(baseline, now *eval.Report) error {
	if c.model == modelNone {
		return nil
	}
	if n := now.Statuses[pipeline.Failed] + now.Statuses[pipeline.Partial]; n > 0 {
		return fmt.Errorf("the model did not judge %d queries to the end, so the gate says nothing of it: see the warnings", n)
	}
	for _, s := range baseline.Systems {
		if !slices.ContainsFunc(now.Systems, func(n eval.SystemReport) bool { return n.Name == s.Name }) {
			return fmt.Errorf("system %q of the baseline was not measured, so the gate says nothing of it: give the model that the baseline was made with, or make it anew: quern eval --per-query --json", s.Name)
		}
	}
	return nil
}

// writeGate prints a row for each system and metric, and which queries lost most where one has fallen.
func writeGate(w io.Writer, baseline, now *eval.Report, g eval.Gated) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "system\tmetric\tqueries\tdifference from the baseline\tp\tHolm\tbetter\tequal\tworse\tdetectable")
	for _, c := range g.Comparisons {
		sign := "~"
		if c.PHolm < eval.Significant {
			sign = "*"
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%s %+.4f [%+.4f, %+.4f]\t%.4f\t%.4f\t%d\t%d\t%d\t%.4f\n", c.B, c.Metric, c.Queries, sign,
			c.Difference, c.CI[0], c.CI[1], c.P, c.PHolm, c.Wins, c.Ties, c.Losses, c.Detectable)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, c := range g.Fallen() {
		fmt.Fprintf(w, "\n%s of %s fell most for\n", c.Metric, c.B)
		for _, l := range losses(baseline, now, c)[:min(maxLosses, c.Losses)] {
			fmt.Fprintf(w, "  %s: %.4f, before %.4f\n", l.query, l.now, l.before)
		}
	}
	_, err := fmt.Fprintf(w, "*: a difference is shown (Holm's p below %g), ~: it is not\n", eval.Significant)
	return err
}

// maxLosses is how many queries are named that got worse.
const maxLosses = 5

type loss struct {
	query       string
	before, now float64
}

// losses are the queries of a comparison, those first that lost most.
func losses(baseline, now *eval.Report, c eval.Comparison) (list []loss) {
	values := func(r *eval.Report) map[string]map[string]float64 {
		i := slices.IndexFunc(r.Systems, func(s eval.SystemReport) bool { return s.Name == c.B })
		return r.Systems[i].PerQuery
	}
	before, after := values(baseline), values(now)
	for query, metrics := range after {
		if old, both := before[query]; both {
			list = append(list, loss{query, old[c.Metric], metrics[c.Metric]})
		}
	}
	slices.SortFunc(list, func(a, b loss) int {
		return cmp.Or(cmp.Compare(a.now-a.before, b.now-b.before), cmp.Compare(a.query, b.query))
	})
	return list
}
