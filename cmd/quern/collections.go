package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/quern-search/quern/pipeline/eval"
	"github.com/quern-search/quern/rerank"
)

// defaultCollectionQueries is how many queries of each collection a table is over: enough to show a difference of some
// 0.02, and few enough for a small machine.
const defaultCollectionQueries = 200

// collectionFlags name a folder of data folders, which a table is made of.
type collectionFlags struct {
	dir      string
	leaveOut []string
	all      bool
}

func (f collectionFlags) check(c evalCommand) error {
	switch {
	case f.dir == "" && (f.all || len(f.leaveOut) > 0):
		return usagef("--all and --leave-out choose from the folders of --collections: name it, or leave them out")
	case f.dir == "":
		return nil
	case f.all && c.from.queries > 0:
		return usagef("--all and --queries contradict each other: leave one out")
	case c.model == modelNone:
		return usagef("--collections compares BM25 with what a model makes of it: name a model")
	case c.from.data != "" || c.from.corpus != "" || c.from.qrels != "" || c.baseline != "":
		return usagef("--collections has documents and judgments: leave out --data, --corpus, --qrels and --gate")
	}
	for _, pattern := range f.leaveOut {
		if _, err := filepath.Match(pattern, ""); err != nil {
			return usagef("--leave-out is %q: give a pattern such as 'xquad-*'", pattern)
		}
	}
	return nil
}

// names are the data folders in the folder, in English, but for those that are left out.
func (f collectionFlags) names() (names []string, err error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		leave := func(pattern string) bool { match, _ := filepath.Match(pattern, e.Name()); return match } // check has seen the patterns
		path := filepath.Join(f.dir, e.Name())
		if _, err := os.Stat(filepath.Join(path, "corpus.jsonl")); err != nil || slices.ContainsFunc(f.leaveOut, leave) {
			continue
		}
		lang, err := os.ReadFile(filepath.Join(path, "lang"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if cmp.Or(strings.TrimSpace(string(lang)), "en") == "en" {
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("collections %q: no folder in it has a corpus.jsonl in English that is not left out", f.dir)
	}
	return names, nil
}

// A collection is what one row of the table says.
type collection struct {
	Name       string          `json:"name"`
	Of         int             `json:"queries_in_all"` // of which Report.Systems[0].Queries were asked
	Report     *eval.Report    `json:"report"`
	Comparison eval.Comparison `json:"comparison"` // of BM25 with the last system: the blend, or the model where it is not blended
}

// table measures every collection, and prints a table in Markdown.
func (c evalCommand) table(ctx context.Context, stdout, stderr io.Writer) error {
	names, err := c.collections.names()
	if err != nil {
		return err
	}
	scorer, err := c.scorer(ctx)
	if err != nil {
		return err
	}
	store, err := c.scores.open(stderr)
	if err != nil {
		return err
	}
	defer store.close()
	if len(c.metrics) == 0 {
		c.metrics = []string{"nDCG@10"}
	}
	rows := make([]collection, len(names))
	for i, name := range names {
		if rows[i], err = c.collection(ctx, name, scorer, store, stderr); err != nil {
			return fmt.Errorf("collection %q: %w", name, err)
		}
		for _, w := range rows[i].Report.Warnings {
			warnf(stderr, "collection %q: %s", name, w)
		}
	}
	var p []float64
	for _, row := range rows {
		p = append(p, row.Comparison.P)
	}
	for i, corrected := range eval.Holm(p) {
		rows[i].Comparison.PHolm = corrected
	}
	if c.asJSON {
		return writeJSON(stdout, struct {
			Collections []collection `json:"collections"`
		}{rows})
	}
	return writeTable(stdout, rows, c.metrics[0])
}

func (c evalCommand) collection(ctx context.Context, name string, scorer rerank.Scorer, store scoreStore, stderr io.Writer) (row collection, err error) {
	c.from.data = filepath.Join(c.collections.dir, name)
	c.from.byID = true
	switch {
	case c.collections.all:
		c.from.queries = 0
	case c.from.queries == 0:
		c.from.queries = defaultCollectionQueries
	}
	d, err := c.from.open()
	if err != nil {
		return row, err
	}
	fmt.Fprintf(stderr, "quern: %s: %d queries\n", name, len(d.Queries))
	x, err := c.from.fill(ctx, d, passagesOf(c.passages, c.overlap), stderr)
	if err != nil {
		return row, err
	}
	defer x.Close()
	row = collection{Name: name, Of: len(d.Queries) + d.Cut}
	if row.Report, err = c.evaluate(ctx, d, x, scorer, store, c.systems(scorer), stderr); err != nil {
		return row, err
	}
	systems := row.Report.Systems
	row.Comparison, err = eval.Compare(systems[0], systems[len(systems)-1], c.metrics[0], row.Report.Seed)
	return row, err
}

// writeTable prints the rows, and the mean over the collections, in which each counts the same.
func writeTable(w io.Writer, rows []collection, metric string) error {
	systems := rows[0].Report.Systems
	fmt.Fprint(w, "| collection | queries |")
	for _, s := range systems {
		fmt.Fprintf(w, " %s |", s.Name)
	}
	fmt.Fprintf(w, " %s - %s | better, equal, worse |\n|---|---|%s---|---|\n", systems[len(systems)-1].Name, systems[0].Name, strings.Repeat("---|", len(systems)))
	means := make([]float64, len(systems))
	for _, row := range rows {
		queries := fmt.Sprint(row.Of)
		if n := row.Report.Systems[0].Queries; n < row.Of {
			queries = fmt.Sprintf("%d of %d", n, row.Of)
		}
		fmt.Fprintf(w, "| %s | %s |", row.Name, queries)
		for i, s := range row.Report.Systems {
			e := s.Metrics[metric]
			means[i] += e.Mean / float64(len(rows))
			fmt.Fprintf(w, " %.3f [%.3f, %.3f] |", e.Mean, e.CI[0], e.CI[1])
		}
		one, sign := row.Comparison, "~"
		if one.PHolm < eval.Significant {
			sign = "*"
		}
		fmt.Fprintf(w, " %s %+.3f [%+.3f, %+.3f] | %d, %d, %d |\n", sign, one.Difference, one.CI[0], one.CI[1], one.Wins, one.Ties, one.Losses)
	}
	fmt.Fprint(w, "| mean | |")
	for _, m := range means {
		fmt.Fprintf(w, " %.3f |", m)
	}
	_, err := fmt.Fprintf(w, " %+.3f | |\n\n%s, with 95 %% intervals; the model judged the first %d; *: a difference is shown (Holm's p below %g, over the collections), ~: it is not\n",
		means[len(means)-1]-means[0], metric, rows[0].Report.Window, eval.Significant)
	return err
}
