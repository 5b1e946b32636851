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
	what    selectFlags
	config  configFlag
	asJSON  bool
	explain bool
}

func newSearch() *cobra.Command {
	var c searchCommand
	cmd := &cobra.Command{
		Use:   "search QUERY...",
		Short: "Search once and print both rankings",
		Long: `search prints the hits in their final order, each with its rank in BM25, the relevance that the model found
(0 to 1), and the score that it is sorted by; then one line on what the model did.

A query is words, and may have "a phrase", -excluded words, prefixes such as boil*, and field:value.`,
		Example: `  quern search how do I get red wine out of a shirt
  quern search --corpus ./docs --top-n 3 'reset the password'
  quern search --model none --explain soft boiled egg
  quern search --filter topic:kitchen --facet kind --sort -updated '"olive oil" -salad'
  quern search --json boil an egg | jq .rerank`,
		Args: arguments(someText, "the query"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, strings.Join(args, " ")) },
	}
	c.corpus.add(cmd.Flags())
	c.model.add(cmd.Flags())
	c.how.add(cmd.Flags())
	c.what.add(cmd.Flags())
	c.config.add(cmd.Flags())
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

func (c *searchCommand) run(cmd *cobra.Command, query string) error {
	if err := c.config.apply(cmd); err != nil {
		return err
	}
	if err := cmp.Or(c.how.check(cmd), c.model.check()); err != nil {
		return err
	}
	q, err := c.what.query()
	if err != nil {
		return err
	}
	q.Text = query
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
	answer, err := p.Search(ctx, q)
	if err != nil {
		return err
	}
	if c.asJSON {
		return writeJSON(stdout, answer)
	}
	var terms map[string][]retrieve.TermScore
	if c.explain {
		if terms, err = explain(ctx, s, c.how, q, answer.Hits); err != nil {
			return err
		}
	}
	return writeAnswer(stdout, answer, terms)
}

// explain finds how the BM25 score of each hit adds up, by its ID.
func explain(ctx context.Context, s stages, how pipelineFlags, q pipeline.Query, hits []pipeline.Hit) (map[string][]retrieve.TermScore, error) {
	bm25, err := retrieve.New(s.index, how.bm25())
	if err != nil {
		return nil, err
	}
	depth := 0
	for _, h := range hits {
		depth = max(depth, h.BM25.Rank)
	}
	found, err := bm25.Search(ctx, retrieve.Request{Text: q.Text, Filters: q.Filters, Sort: q.Sort, K: depth, Explain: true})
	if err != nil {
		return nil, err
	}
	terms := map[string][]retrieve.TermScore{}
	for _, c := range found.Candidates {
		terms[c.Document.ID] = c.Terms
	}
	return terms, nil
}
