package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
)

// rerankCommand is what `quern rerank` was told.
type rerankCommand struct {
	model    modelFlags
	query    string
	instruct string
	topN     int
	jsonl    bool
	asJSON   bool
}

func newRerank() *cobra.Command {
	var c rerankCommand
	cmd := &cobra.Command{
		Use:                   "rerank --query QUERY [FILE|-]",
		DisableFlagsInUseLine: true,
		Short:                 "Judge documents, one a line, and print them best first",
		Long: `rerank reads documents from a file or standard input, one a line, and prints one line for each, the best first:
relevance (0 to 1), logit (the sort key), index among the documents (from 0) and text, with tabs between.

Lines of a file named *.jsonl, or of any with --jsonl, are objects with "text" and perhaps "title".
With --json the answer is that of POST /v1/rerank; without --query the input is then such a request too.`,
		Example: `  printf '%s\n' 'boil it for six minutes' 'hens lay eggs' | quern rerank --query 'how long to boil an egg'
  quern rerank --query 'red wine stain' --top-n 3 notes.txt
  echo '{"query": "boil an egg", "documents": ["six minutes", "hens"], "top_n": 1}' | quern rerank --json`,
		Args: arguments(cobra.MaximumNArgs(1), `one file, or "-" for standard input`),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, args) },
	}
	c.model.add(cmd.Flags())
	cmd.Flags().StringVar(&c.query, "query", "", "the `QUERY` that the documents should answer")
	cmd.Flags().StringVar(&c.instruct, "instruct", "", "tell the model in an English `SENTENCE` what relevant means here")
	cmd.Flags().IntVar(&c.topN, "top-n", 0, "print the `N` best, 0 for all")
	cmd.Flags().BoolVar(&c.jsonl, "jsonl", false, `read one object a line, with "text" and perhaps "title"`)
	cmd.Flags().BoolVar(&c.asJSON, "json", false, "read (without --query) and print JSON as /v1/rerank does")
	return cmd
}

func (c rerankCommand) run(cmd *cobra.Command, args []string) error {
	if err := c.check(cmd); err != nil {
		return err
	}
	in, name, err := openInput(cmd.InOrStdin(), args)
	if err != nil {
		return err
	}
	defer in.Close()
	if c.query == "" {
		return c.answer(cmd, in)
	}
	if name == stdinName && isTerminal(cmd.InOrStdin()) {
		fmt.Fprintln(cmd.ErrOrStderr(), "quern: reading documents, one a line, up to Ctrl-D")
	}
	documents, err := c.read(in, name)
	if err != nil {
		return err
	}
	if c.asJSON {
		request, err := c.request(documents)
		if err != nil {
			return err
		}
		return c.answer(cmd, bytes.NewReader(request))
	}
	return c.print(cmd, documents)
}

func (c rerankCommand) check(cmd *cobra.Command) error {
	flags := cmd.Flags()
	switch {
	case c.model.name == modelNone:
		return usagef(`--model is "none": reranking takes a model`)
	case c.topN < 0:
		return usagef("--top-n is %d: give 0 for all, or a positive number", c.topN)
	case c.query == "" && !c.asJSON:
		return usagef("--query is missing: say what the documents should answer, or give a request on standard input with --json")
	case c.query == "" && (flags.Changed("instruct") || flags.Changed("top-n") || flags.Changed("jsonl")):
		return usagef("--json without --query reads a whole request: say instruct and top_n there")
	}
	return c.model.check()
}

// open opens the models behind a pipeline. Its index is empty: the documents come from outside, nothing is searched.
func (c rerankCommand) open(cmd *cobra.Command) (*pipeline.Pipeline, *index.Index, error) {
	models, err := c.model.open(cmd.Context(), consoleOf(cmd))
	if err != nil {
		return nil, nil, err
	}
	x, err := index.Create("", index.Config{})
	if err != nil {
		return nil, nil, err
	}
	p, err := stages{index: x, models: models}.pipeline(pipelineFlags{}, nil)
	if err != nil {
		return nil, nil, errors.Join(err, x.Close())
	}
	return p, x, nil
}

// print judges the documents and prints a line for each.
func (c rerankCommand) print(cmd *cobra.Command, documents []string) error {
	p, x, err := c.open(cmd)
	if err != nil {
		return err
	}
	defer x.Close()
	judged, err := p.Rerank(cmd.Context(), c.task(documents))
	if err != nil {
		return err
	}
	if judged.Fallback != "" {
		warnf(cmd.ErrOrStderr(), "judged by %s, in place of %s", judged.Model.Name, judged.Fallback)
	}
	scores := judged.Scores
	if c.topN > 0 {
		scores = scores[:min(c.topN, len(scores))]
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	for _, s := range scores {
		fmt.Fprintf(out, "%.6f\t%.4f\t%d\t%s\n", s.Relevance(), s.Logit, s.Index, oneLine(documents[s.Index]))
	}
	return out.Flush()
}

func (c rerankCommand) task(documents []string) rerank.Task {
	return rerank.Task{Query: c.query, Documents: documents, Instruct: c.instruct}
}
