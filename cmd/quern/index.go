package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// indexCommand is what `quern index` was told.
type indexCommand struct {
	corpus corpusFlags
	prune  bool
	strict bool
	asJSON bool
}

// indexed is what became of it: the form of `index --json`.
type indexed struct {
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
	Removed   int `json:"removed"`
	Broken    int `json:"broken"`    // lines or files
	Documents int `json:"documents"` // that the index now holds
}

func newIndex() *cobra.Command {
	var c indexCommand
	cmd := &cobra.Command{
		Use:                   "index --index DIR --corpus PATH",
		DisableFlagsInUseLine: true,
		Short:                 "Make an index on disk, or bring one up to date",
		Long: `index reads a corpus and brings an index on disk up to date with it, which serve and search then open at once.
Documents that the index has just so are not written again, so that the same command goes on after an interrupt.
Documents that are gone from the corpus stay, unless --prune is given: it removes all that this corpus does not have,
and nothing if part of the corpus could not be read.
What is broken in the corpus is named and left out; with --strict the command then fails.

The last line tells how many documents were new, changed, unchanged and removed, and how many lines or files broken.`,
		Example: `  quern index --index ./idx --corpus ./docs --prune
  quern index --index ./idx --corpus ./public/sitemap.xml --exclude /tags/
  quern index --index ./idx --corpus products.csv.gz --field id=sku --field title=name --field text=description
  quern index --index ./idx --corpus articles.jsonl --lang de
  quern serve --index ./idx`,
		Args: arguments(cobra.NoArgs, "the documents with --corpus"),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	c.corpus.add(cmd.Flags())
	cmd.Flags().BoolVar(&c.prune, "prune", false, "remove documents that the corpus does not have")
	cmd.Flags().BoolVar(&c.strict, "strict", false, "exit with status 1 if anything in the corpus is broken")
	cmd.Flags().BoolVar(&c.asJSON, "json", false, "print the last line as JSON")
	return cmd
}

func (c indexCommand) run(cmd *cobra.Command) error {
	if c.corpus.index == "" || c.corpus.corpus == "" {
		return usagef("--index or --corpus is missing: say where the index is and what to put into it")
	}
	ctx := cmd.Context()
	x, filled, err := c.corpus.open(ctx, cmd.ErrOrStderr())
	if err != nil {
		if ctx.Err() != nil {
			fmt.Fprintf(cmd.ErrOrStderr(), "quern: %s so far: the same command goes on from there\n", filled)
		}
		return err
	}
	defer x.Close()
	if c.prune {
		err = filled.prune(ctx, x)
	}
	n, countErr := x.Count()
	if countErr != nil {
		return errors.Join(err, countErr)
	}
	if err := c.write(cmd.OutOrStdout(), filled, n); err != nil {
		return err
	}
	if err == nil && c.strict && filled.broken > 0 {
		err = fmt.Errorf("%d broken in the corpus: mend them, or leave out --strict", filled.broken)
	}
	return errors.Join(err, x.Close())
}

func (c indexCommand) write(w io.Writer, f filling, documents int) error {
	if c.asJSON {
		return writeJSON(w, indexed{f.New, f.Changed, f.Unchanged, f.removed, f.broken, documents})
	}
	_, err := fmt.Fprintf(w, "%s; the index holds %d documents\n", f, documents)
	return err
}
