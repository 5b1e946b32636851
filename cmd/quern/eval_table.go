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
	for _, metric := range eval.DefaultMetrics() {
		row(metric, func(s eval.SystemReport) string {
			e := s.Metrics[metric]
			return fmt.Sprintf("%.4f [%.4f, %.4f]", e.Mean, e.CI[0], e.CI[1])
		})
	}
	row("unjudged of first 10", func(s eval.SystemReport) string { return fmt.Sprintf("%.1f %%", 100*s.Unjudged) })
	row("ms a query, median", func(s eval.SystemReport) string { return fmt.Sprintf("%.1f", s.Latency.P50) })
	if err := columns.Flush(); err != nil {
		return err
	}
	window := "the model was not asked"
	if r.Window > 0 {
		window = fmt.Sprintf("the model judged the first %d", r.Window)
	}
	_, err := fmt.Fprintf(w, "%d queries (%d without a relevant document left out), %s; means with 95 %% intervals\n",
		r.Systems[0].Queries, r.LeftOut, window)
	return err
}
