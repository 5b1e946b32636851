package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/quern-search/quern/pipeline/eval"
)

// writeReport prints a table with a column for each system.
func writeReport(w io.Writer, r *eval.Report) error {
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name string, cell func(eval.SystemReport) string) {
		fmt.Fprint(columns, name)
		for _, s := range r.Systems {
			fmt.Fprint(columns, "\t", cell(s))
		}
		fmt.Fprintln(columns)
	}
	row("", func(s eval.SystemReport) string { return s.Name })
	row("blend", func(s eval.SystemReport) string { return fmt.Sprintf("%g", s.Blend) })
	for _, metric := range r.Metrics {
		row(metric, func(s eval.SystemReport) string {
			e := s.Metrics[metric]
			return fmt.Sprintf("%.4f [%.4f, %.4f]", e.Mean, e.CI[0], e.CI[1])
		})
	}
	row("unjudged of first 10", func(s eval.SystemReport) string { return fmt.Sprintf("%.1f %%", 100*s.Unjudged) })
	row("ms: half, 90 %, 99 %", func(s eval.SystemReport) string {
		return fmt.Sprintf("%.1f, %.1f, %.1f", s.Latency.P50, s.Latency.P90, s.Latency.P99)
	})
	row("tokens a query", func(s eval.SystemReport) string { return fmt.Sprintf("%.0f", float64(s.Tokens)/float64(s.Queries)) })
	if err := columns.Flush(); err != nil {
		return err
	}
	window := "the model was not asked"
	if r.Window > 0 {
		window = fmt.Sprintf("the model judged the first %d", r.Window)
	}
	if r.Known > 0 {
		window += fmt.Sprintf(" (%d scores are kept from before, with the time that they took)", r.Known)
	}
	_, err := fmt.Fprintf(w, "%d queries (%d without a relevant document left out), %s; means with 95 %% intervals\n",
		r.Systems[0].Queries, r.LeftOut, window)
	return err
}

// maxText is how much of a query's text a table shows, in characters.
const maxText = 60

// writePerQuery prints a row for each query, with the value of each system by the first metric.
func writePerQuery(w io.Writer, d *eval.Dataset, r *eval.Report) error {
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(columns, r.Metrics[0])
	for _, s := range r.Systems {
		fmt.Fprint(columns, "\t", s.Name)
	}
	fmt.Fprintln(columns, "\tquery")
	for i, q := range d.Queries {
		fmt.Fprint(columns, q.ID)
		for _, s := range r.Systems {
			fmt.Fprintf(columns, "\t%.4f", s.Values[r.Metrics[0]][i])
		}
		text := []rune(oneLine(q.Text))
		if len(text) > maxText {
			text = append(text[:maxText-3], []rune("...")...)
		}
		fmt.Fprintf(columns, "\t%s\n", string(text))
	}
	fmt.Fprintln(columns)
	return columns.Flush()
}
