package qwen3

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/quern-search/quern/rerank"
)

// A batch is big enough that reading the weights does not matter, and small enough that all cores have work to the end
// and first scores come soon. Sizes are in bytes of text, since batches are cut before anything is tokenised; a token is 4 to 5 bytes.
const (
	maxBatchBytes = 2400
	minBatchBytes = 400
	batchesPerCPU = 4
)

// Score judges the documents of t, first come first judged; scores come in about that order. The bits of a score
// depend on the query, the instruction and the document alone: not on the other documents, nor on Config.Threads.
func (e *Engine) Score(ctx context.Context, t rerank.Task) iter.Seq2[rerank.Score, error] {
	return func(yield func(rerank.Score, error) bool) {
		if len(t.Documents) == 0 {
			return
		}
		if err := e.score(ctx, t, yield); err != nil {
			yield(rerank.Score{}, err)
		}
	}
}

// A job is one task on its way: batches that workers take in order, results that come back.
type job struct {
	task    rerank.Task
	prefix  []kv
	tokens  int      // of the prefix
	batches [][2]int // from document, to document
	next    atomic.Int64
	results chan result // has room for all batches, so that no worker ever waits for the consumer
}

type result struct {
	scores []rerank.Score
	err    error
}

func (e *Engine) score(ctx context.Context, t rerank.Task, yield func(rerank.Score, error) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	j, err := e.start(ctx, t)
	if err != nil {
		cancel()
		return err
	}
	var running sync.WaitGroup
	defer running.Wait() // after cancel: nothing runs on when Score is over
	defer cancel()
	for range min(cap(e.workers), len(j.batches)) {
		running.Go(func() { e.work(ctx, j) })
	}
	for range j.batches {
		r := <-j.results
		if r.err != nil {
			return r.err
		}
		for _, s := range r.scores {
			if !yield(s, nil) {
				return nil
			}
		}
	}
	return nil
}

// start computes what the documents of t share and plans their batches.
func (e *Engine) start(ctx context.Context, t rerank.Task) (*job, error) {
	ids, _, err := e.vocab.Prefix(t, e.context)
	if err != nil {
		return nil, fmt.Errorf("qwen3: %w", err)
	}
	w, err := e.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer e.release(w)
	j := &job{task: t, tokens: len(ids), batches: plan(t.Documents, cap(e.workers))}
	j.results = make(chan result, len(j.batches))
	j.prefix, err = w.prefix(ctx, nil, ids)
	return j, err
}

// plan groups neighbours of documents into batches.
func plan(documents []string, workers int) [][2]int {
	total := 0
	for _, d := range documents {
		total += len(d)
	}
	size := min(max(total/(workers*batchesPerCPU), minBatchBytes), maxBatchBytes)
	var batches [][2]int
	from, bytes := 0, 0
	for i, d := range documents {
		if bytes += len(d); bytes >= size || i == len(documents)-1 {
			batches = append(batches, [2]int{from, i + 1})
			from, bytes = i+1, 0
		}
	}
	return batches
}

// work takes batches until there are none. A worker goes back after each, so that tasks take turns.
func (e *Engine) work(ctx context.Context, j *job) {
	for {
		i := int(j.next.Add(1)) - 1
		if i >= len(j.batches) {
			return
		}
		w, err := e.acquire(ctx)
		if err != nil {
			j.results <- result{err: err}
			continue
		}
		scores, err := w.batch(ctx, j, j.batches[i])
		e.release(w)
		j.results <- result{scores, err}
	}
}

// batch judges the documents from..to of a job.
func (w *worker) batch(ctx context.Context, j *job, b [2]int) ([]rerank.Score, error) {
	documents := make([][]int32, 0, b[1]-b[0])
	for _, text := range j.task.Documents[b[0]:b[1]] {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		documents = append(documents, w.vocab.Document(text, w.context-j.tokens))
	}
	logits, err := w.score(ctx, j.prefix, documents)
	if err != nil {
		return nil, err
	}
	scores := make([]rerank.Score, len(logits))
	for i, logit := range logits {
		scores[i] = rerank.Score{Index: b[0] + i, Logit: logit, Tokens: j.tokens + len(documents[i])}
	}
	return scores, nil
}

// acquire waits for a worker. Those who wait are served in the order in which they came.
func (e *Engine) acquire(ctx context.Context) (*worker, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case w := <-e.workers:
		if w == nil {
			w = newWorker(e)
		}
		return w, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (e *Engine) release(w *worker) { e.workers <- w }
