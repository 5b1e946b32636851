package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/control"
	"github.com/quern-search/quern/rerank/internal/estimate"
)

const (
	// promptTokens is more than a template adds to query, document and instruction: that of Qwen3-Reranker adds about 70.
	promptTokens = 128
	// minRoom is how many tokens query and document must have at the least between them.
	minRoom = 32
)

// disarm takes from the texts of q the power of Qwen's control tokens, for servers that read them as such wherever they
// stand.
func disarm(q question) question {
	controls := control.Qwen()
	q.query, q.instruct = controls.Harmless(q.query), controls.Harmless(q.instruct)
	documents := make([]string, len(q.documents))
	for i, d := range q.documents {
		documents[i] = controls.Harmless(d)
	}
	q.documents = documents
	return q
}

// fit cuts the texts of q to what the server reads of a pair: the query to half of it, each document to the rest.
func fit(q question) (question, error) {
	if q.context == 0 {
		return q, nil
	}
	room := q.context - 1 - promptTokens - q.rate.Tokens(q.instruct) // a pair that fills all of it is refused, too
	if room < minRoom {
		return q, &failure{ours: true, err: fmt.Errorf("its context of %d tokens has no room for a query and a document: "+
			"start it with a larger one (llama-server: --ctx-size, vllm: --max-model-len), or shorten the instruction", q.context)}
	}
	q.query = q.rate.Cut(q.query, room/2)
	room -= q.rate.Tokens(q.query)
	documents := make([]string, len(q.documents))
	for i, d := range q.documents {
		documents[i] = q.rate.Cut(d, room)
	}
	q.documents = documents
	return q, nil
}

// askFitting asks q, cut to fit. A request that is refused because of one document, or because all of them together are
// too much, is asked again with each document alone, so that its score depends on no other; one that is too long even so
// is cut so tightly that it must fit.
func (c *Client) askFitting(ctx context.Context, q question) ([]rerank.Score, error) {
	fitted, err := fit(q)
	if err != nil {
		return nil, err
	}
	scores, err := c.ask(ctx, fitted)
	var f *failure
	if !errors.As(err, &f) || !f.long && !f.crowded {
		return scores, err
	}
	switch {
	case len(q.documents) > 1:
		q.alone = q.alone || f.crowded
		return c.askEach(ctx, q)
	case f.crowded && !q.alone:
		q.alone = true
	case f.long && q.rate != estimate.Strict:
		q.rate, q.context = estimate.Strict, cmp.Or(f.context, q.context)
	default:
		return nil, err
	}
	return c.askFitting(ctx, q)
}

// askEach asks q with one document after the other. The scores before an error stand.
func (c *Client) askEach(ctx context.Context, q question) ([]rerank.Score, error) {
	var all []rerank.Score
	for i, d := range q.documents {
		one := q
		one.documents = []string{d}
		scores, err := c.askFitting(ctx, one)
		if err != nil {
			return all, err
		}
		scores[0].Index = i
		all = append(all, scores[0])
	}
	return all, nil
}
