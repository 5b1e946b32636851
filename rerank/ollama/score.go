package ollama

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/quern-search/quern/rerank"
)

// Score judges the documents of t in their order, one request each, Config.Parallel of them under way at a time. All
// prompts of a task begin alike, so that the server reads instruction and query once and finds them in its cache for
// every further document. A score's last digits depend on what is in that cache.
func (c *Client) Score(ctx context.Context, t rerank.Task) iter.Seq2[rerank.Score, error] {
	return func(yield func(rerank.Score, error) bool) {
		if len(t.Documents) == 0 {
			return
		}
		if err := c.score(ctx, t, yield); err != nil {
			yield(rerank.Score{}, fmt.Errorf("ollama: at %s: %w", c.where(), err))
		}
	}
}

// A job is one task on its way: workers take documents in order, scores come back.
type job struct {
	*model
	task    rerank.Task // with a query and an instruction that fit, and are safe in a raw prompt
	room    int         // tokens that they leave for a document and what follows it
	next    atomic.Int64
	reached atomic.Bool // whether the server has been there since the job began
	results chan result // has room for all documents, so that no worker ever waits for the consumer
}

type result struct {
	score rerank.Score
	err   error
}

func (c *Client) score(ctx context.Context, t rerank.Task, yield func(rerank.Score, error) bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m, err := c.current(ctx)
	if err != nil {
		return err
	}
	j := &job{model: m, results: make(chan result, len(t.Documents))}
	if j.task, j.room, err = m.reader.fitQuery(m.reader.controls.Task(t), m.card.Context, m.reader.ways()[0]); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait() // after cancel: nothing runs on when Score is over
	defer cancel()
	for range min(c.cfg.Parallel, len(t.Documents)) {
		running.Go(func() { c.work(ctx, j) })
	}
	for range t.Documents {
		r := <-j.results
		if r.err != nil {
			return r.err
		}
		if !yield(r.score, nil) {
			return nil
		}
	}
	return nil
}

// work takes documents until there are none. It waits for its turn before each, so that tasks take turns.
func (c *Client) work(ctx context.Context, j *job) {
	for {
		i := int(j.next.Add(1)) - 1
		if i >= len(j.task.Documents) {
			return
		}
		if err := c.slots.Acquire(ctx, 1); err != nil {
			j.results <- result{err: err}
			continue
		}
		score, err := c.judge(ctx, j, j.task.Documents[i])
		c.slots.Release(1)
		score.Index = i
		j.results <- result{score, err}
	}
}
