package remote

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/estimate"
)

// blankQuery stands in for a query without a word: rerank APIs refuse those, and a Scorer judges whatever it is given.
const blankQuery = "(empty query)"

// Score implements [rerank.Scorer]. Documents go in batches, in their order, with at most Config.Parallel requests in
// flight; the scores of a batch come when its answer does. At the first request that fails for good, after its retries,
// the others are given up.
//
// A relevance becomes a logit by [rerank.LogitOf]; only TEI is asked for logits. Score.Tokens is exact in sum only:
// servers count whole requests, so each document gets a share by its length; 0 where a server does not count.
//
// Where a dialect cannot carry an instruction, a task that has one other than the default ends in an error. The default
// is sent wherever it can be, for servers differ in theirs. A query of white space goes as "(empty query)".
//
// Where a server would read control tokens in a text, they are spelt with a space, and where it would refuse what is longer
// than its context, query and documents are cut to fit.
func (c *Client) Score(ctx context.Context, t rerank.Task) iter.Seq2[rerank.Score, error] {
	return func(yield func(rerank.Score, error) bool) {
		if len(t.Documents) == 0 {
			return
		}
		if err := c.score(ctx, t, yield); err != nil {
			yield(rerank.Score{}, fmt.Errorf("remote: %s: %w", shown(c.endpoint), err))
		}
	}
}

// A result is what came of one batch.
type result struct {
	scores []rerank.Score
	err    error
}

func (c *Client) score(ctx context.Context, t rerank.Task, yield func(rerank.Score, error) bool) error {
	if c.instructKey() == "" && t.Instruction() != rerank.DefaultInstruct {
		return fmt.Errorf("%s has no way to be given an instruction: leave instruct empty, or ask another server", c.dialect.name)
	}
	if strings.TrimSpace(t.Query) == "" {
		t.Query = blankQuery
	}
	batches := plan(t, c.batch, c.dialect.tokens)
	results := make(chan result, len(batches)) // room for all, so that no request waits for the consumer
	var next atomic.Int64
	var running sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	defer running.Wait() // after cancel: nothing runs on when Score is over
	defer cancel()
	for range min(int(c.parallel), len(batches)) {
		running.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(batches) {
					return
				}
				scores, err := c.batchScores(ctx, t, batches[i])
				results <- result{scores, err}
			}
		})
	}
	for range batches {
		r := <-results
		for _, s := range r.scores {
			if !yield(s, nil) {
				return nil
			}
		}
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

// batchScores judges the documents of one batch; their indexes are those of the task. The scores before an error stand.
func (c *Client) batchScores(ctx context.Context, t rerank.Task, b batch) ([]rerank.Score, error) {
	q := question{model: c.model, query: t.Query, documents: t.Documents[b.from:b.to], raw: c.about.raw, rate: estimate.Loose}
	if c.instructKey() != "" {
		q.instruct = t.Instruction()
	}
	if c.dialect.disarm != nil {
		q = c.dialect.disarm(q)
	}
	if c.dialect.refuses {
		q.context = c.about.context
	}
	scores, err := c.askFitting(ctx, q)
	for i := range scores {
		scores[i].Index += b.from
	}
	return scores, err
}

// A batch is the documents of one request: from the first to before the last.
type batch struct{ from, to int }

// plan cuts a task into batches of at most size documents and, if tokens is not 0, of at most that many tokens, counted as
// DashScope and Voyage do: those of the query for each document, and those of the documents. A byte stands for a token,
// since no text has more tokens than bytes. A document that is too long by itself goes alone, for the server to cut.
func plan(t rerank.Task, size, tokens int) []batch {
	var batches []batch
	from, used := 0, 0
	for i, d := range t.Documents {
		cost := len(t.Query) + len(t.Instruction()) + len(d)
		if i > from && (i-from == size || tokens > 0 && used+cost > tokens) {
			batches = append(batches, batch{from, i})
			from, used = i, 0
		}
		used += cost
	}
	return append(batches, batch{from, len(t.Documents)})
}
