package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newIndex() *cobra.Command {
	var from corpusFlags
	var strict bool
	cmd := &cobra.Command{
		Use:                   "index --index DIR --corpus PATH",
		DisableFlagsInUseLine: true,
		Short:                 "Make an index on disk, or bring one up to date",
		Long: `index reads a corpus and puts its documents into an index on disk, which serve and search then open at once.
Documents of an ID that the index has already are replaced; documents that are gone from the corpus stay.
What is broken in the corpus is named and left out; with --strict the command then fails.`,
		Example: `  quern index --index ./idx --corpus ./docs
  quern index --index ./idx --corpus articles.jsonl --lang de
  quern serve --index ./idx`,
		Args: arguments(cobra.NoArgs, "the documents with --corpus"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from.index == "" || from.corpus == "" {
				return usagef("--index or --corpus is missing: say where the index is and what to put into it")
			}
			x, filled, err := from.open(cmd.Context(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			defer x.Close()
			n, err := x.Count()
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "put %d documents; the index holds %d\n", filled.put, n)
			if strict && filled.broken > 0 {
				return fmt.Errorf("%d broken in the corpus: mend them, or leave out --strict", filled.broken)
			}
			return x.Close()
		},
	}
	from.add(cmd.Flags())
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with status 1 if anything in the corpus is broken")
	return cmd
}
