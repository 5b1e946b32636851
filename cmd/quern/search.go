package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/retrieve"
)

// searchCommand is what `quern search` was told.
type searchCommand struct {
	corpus  corpusFlags
	model   modelFlags
	how     pipelineFlags
	asJSON  bool
	explain bool
}

func newSearch() *cobra.Command {
	var c searchCommand
	cmd := &cobra.Command{
		Use:   "search QUERY...",
		Short: "Search once and print both rankings",
		Long: `search prints the hits in their final order, each with its rank in BM25, the relevance that the model found
(0 to 1), and the score that it is sorted by; then one line on what the model did.`,
		Example: `  quern search how do I get red wine out of a shirt
  quern search --corpus ./docs --top-n 3 'reset the password'
  quern search --model none --explain soft boiled egg
  quern search --json boil an egg | jq .rerank`,
		Args: arguments(someText, "the query"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, strings.Join(args, " ")) },
	}
	c.corpus.add(cmd.Flags())
	c.model.add(cmd.Flags())
	c.how.add(cmd.Flags())
	cmd.Flags().BoolVar(&c.asJSON, "json", false, "print the answer as /api/search gives it")
	cmd.Flags().BoolVar(&c.explain, "explain", false, "show how each BM25 score adds up")
	return cmd
}

// someText wants arguments that are not all white space.
func someText(_ *cobra.Command, args []string) error {
	if strings.TrimSpace(strings.Join(args, "")) == "" {
		return fmt.Errorf("no text")
	}
	return nil
}

func (c searchCommand) run(cmd *cobra.Command, query string) error {
	if err := cmp.Or(c.how.check(cmd), c.model.check()); err != nil {
		return err
	}
	if c.asJSON && c.explain {
		return usagef("--json and --explain do not go together: leave one out")
	}
	ctx, stdout := cmd.Context(), cmd.OutOrStdout()
	s, err := openStages(ctx, c.corpus, c.model, consoleOf(cmd))
	if err != nil {
		return err
	}
	defer s.index.Close()
	p, err := s.pipeline(c.how, nil)
	if err != nil {
		return err
	}
	answer, err := p.Search(ctx, pipeline.Query{Text: query})
	if err != nil {
		return err
	}
	if c.asJSON {
		return writeJSON(stdout, answer)
	}
	var terms map[string][]retrieve.TermScore
	if c.explain {
		if terms, err = explain(ctx, s, query, answer.Hits); err != nil {
			return err
		}
	}
	return writeAnswer(stdout, answer, terms)
}

// explain finds how the BM25 score of each hit adds up, by its ID.
func explain(ctx context.Context, s stages, query string, hits []pipeline.Hit) (map[string][]retrieve.TermScore, error) {
	bm25, err := retrieve.New(s.index, retrieve.Config{})
	if err != nil {
		return nil, err
	}
	depth := 0
	for _, h := range hits {
		depth = max(depth, h.BM25.Rank)
	}
	candidates, err := bm25.Explain(ctx, query, depth)
	if err != nil {
		return nil, err
	}
	terms := map[string][]retrieve.TermScore{}
	for _, c := range candidates {
		terms[c.Document.ID] = c.Terms
	}
	return terms, nil
}
