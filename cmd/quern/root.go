package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// run is the whole program but for the process around it: it returns the exit status. See report for what it is.
func run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args []string) int {
	root := newRoot(stdin, stdout, stderr)
	root.SetArgs(args)
	started := false
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !started { // what stops a command before it starts is the command line
		err = usageError{err}
	}
	return report(stderr, cmd, err)
}

// newRoot puts the command together. Nothing in it reaches past the three streams, so that tests run it in process.
func newRoot(stdin io.Reader, stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "quern",
		Short: "Search documents with BM25, reranked by a model",
		Long: `quern searches documents in two stages: BM25 finds candidates, and a reranking model judges the best of them.
The model runs inside this program, or on a server that you name; a small one and 250 articles to try it on are built in.`,
		Example: `  quern serve                                  # a search page over the built-in articles
  quern serve --corpus ./docs --index ./idx    # over your own, with the index kept on disk
  quern search how do I get red wine out of a shirt
  quern pull qwen3-reranker-0.6b               # a model that judges better than the built-in one
  quern eval                                   # how good are the rankings?`,
		Args:          noSuchCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true, // report writes them
		SilenceUsage:  true,
	}
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newServe(), newSearch(), newIndex(), newRerank(), newEval(), newCompare(), newConvert(), newTune(), newBench(), newPull(), newModels(), newKeys(), newVersion())
	return root
}

// noSuchCommand refuses words after a command that takes subcommands only, and names the one that may have been meant.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2 // cobra's own default, which it sets only where it looks itself
	hint := ""
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = ": did you mean " + strings.Join(near, " or ") + "?"
	}
	return usagef("there is no command %q%s", strings.TrimPrefix(cmd.CommandPath()+" "+args[0], "quern "), hint)
}
