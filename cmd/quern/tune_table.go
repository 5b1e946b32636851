package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/pelletier/go-toml/v2"

	"github.com/quern-search/quern/pipeline/eval"
	"github.com/quern-search/quern/pipeline/eval/tune"
)

// maxRanking is how many of the settings are printed.
const maxRanking = 10

// writeTuning prints what was best, and what that is worth.
func writeTuning(w io.Writer, r *tune.Result) error {
	fmt.Fprintf(w, "%d settings on %d queries, %d searches\n\n", r.Settings, r.Queries, r.Searches)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "fold\tqueries\tthere\theld out\tbaseline\tbest on the others\n")
	for i, f := range r.Folds {
		fmt.Fprintf(table, "%d\t%d\t%.4f\t%.4f\t%.4f\t%s\n", i+1, f.Queries, f.Train, f.HeldOut, f.Baseline, f.Best)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s   best settings over all queries, which chose them\n", r.Metric)
	for _, one := range r.Ranking[:min(maxRanking, len(r.Ranking))] {
		fmt.Fprintf(w, "%-*.4f   %s\n", len(r.Metric), one.Mean, one.Setting)
	}
	fmt.Fprintf(w, "\nbaseline         %.4f   %s\n", r.HeldOut.Mean-r.Comparison.Difference, r.Baseline)
	fmt.Fprintf(w, "tuned, held out  %.4f [%.4f, %.4f]\n", r.HeldOut.Mean, r.HeldOut.CI[0], r.HeldOut.CI[1])
	c, sign, says := r.Comparison, "~", "tuning is not shown to help: keep the baseline, or judge more queries"
	if c.P < eval.Significant {
		sign, says = "*", "tuning helps"
		if c.Difference < 0 {
			says = "tuning harms: keep the baseline"
		}
	}
	fmt.Fprintf(w, "difference     %s %+.4f [%+.4f, %+.4f]   p %.4f; better for %d queries, equal for %d, worse for %d; detectable %.4f\n", sign,
		c.Difference, c.CI[0], c.CI[1], c.P, c.Wins, c.Ties, c.Losses, c.Detectable)
	if t := r.Threshold; t != nil {
		fmt.Fprintf(w, "min-score        %.4f for a precision of %g: held out %.3f, with %.0f %% of the relevant hits (%d of %d hits are shown)\n",
			t.MinScore, t.Wanted, t.Precision, 100*t.Recall, t.Shown, t.Of)
	}
	_, err := fmt.Fprintln(w, says)
	return err
}

// tuned is a setting as flags of serve.
type tuned struct {
	Model      string  `toml:"model"`
	K1         float64 `toml:"k1"`
	B          float64 `toml:"b"`
	TitleBoost float64 `toml:"title-boost"`
	Passages   int     `toml:"passages"`
	Window     int     `toml:"window,omitempty"`
	Blend      float64 `toml:"blend,omitempty"`
	MinScore   float64 `toml:"min-score,omitempty"`
	Instruct   string  `toml:"instruct,omitempty"`
}

// writeTuned writes the best setting as a file for --config, with what is known of it.
func writeTuned(w io.Writer, model string, r *tune.Result) error {
	s := r.Best
	t := tuned{model, s.K1, s.B, s.TitleBoost, s.Passages, s.Window, s.Blend, s.MinScore, s.Instruct}
	if s.Blend == 0 {
		t.Model = modelNone
	}
	if r.Threshold != nil {
		t.MinScore = max(t.MinScore, r.Threshold.MinScore)
	}
	c := r.Comparison
	about := fmt.Sprintf("Written by quern tune, for quern serve --config. The best of %d settings on %d queries.\n"+
		"%s, held out: %.4f; baseline %.4f; difference %+.4f [%+.4f, %+.4f], p %.4f.\nBaseline: %s",
		r.Settings, r.Queries, r.Metric, r.HeldOut.Mean, r.HeldOut.Mean-c.Difference, c.Difference, c.CI[0], c.CI[1], c.P, r.Baseline)
	if r.Threshold != nil {
		about += fmt.Sprintf("\nmin-score is for a precision of %g: held out %.3f.", r.Threshold.Wanted, r.Threshold.Precision)
	}
	for line := range strings.SplitSeq(about, "\n") {
		if _, err := fmt.Fprintf(w, "# %s\n", oneLine(line)); err != nil {
			return err
		}
	}
	text, err := toml.Marshal(t)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}
