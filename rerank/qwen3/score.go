package qwen3

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/quern-search/quern/rerank"
)

// maxBatchBytes is how much text a batch has at the most, about 500 tokens of English: so many that reading the weights
// does not matter, and so few that first scores come soon and memory stays small. Batches are cut before anything is
// tokenised, so by bytes.
const (
	maxBatchBytes = 2400
	bytesPerToken = 5 // about
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
	for range min(e.cores.number(), len(j.batches)) {
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

// start computes what the documents of t share, unless it is remembered, and plans their batches.
func (e *Engine) start(ctx context.Context, t rerank.Task) (*job, error) {
	ids, _, err := e.vocab.Prefix(t, e.context)
	if err != nil {
		return nil, fmt.Errorf("qwen3: %w", err)
	}
	j := &job{task: t, tokens: len(ids), batches: plan(t.Documents, e.cores.number(), e.context)}
	j.results = make(chan result, len(j.batches))
	if j.prefix = e.prefixes.get(ids); j.prefix == nil {
		j.prefix, err = e.prefix(ctx, t, ids)
	}
	return j, err
}

// prefix computes the keys and values of a prompt up to the document: first, unless they are remembered, those of the part
// that does not depend on the query. It goes in these two steps even if neither is remembered, so that the bits of a
// score do not depend on what was asked before.
func (e *Engine) prefix(ctx context.Context, t rerank.Task, ids []int32) ([]kv, error) {
	n, err := e.vocab.Common(t)
	if err != nil {
		return nil, fmt.Errorf("qwen3: %w", err)
	}
	w, err := e.acquire(ctx, e.cores.number())
	if err != nil {
		return nil, err
	}
	defer e.release(w)
	if whole := e.prefixes.get(ids); whole != nil { // another task of the same query has computed it meanwhile
		return whole, nil
	}
	common := e.prefixes.get(ids[:n])
	if common == nil {
		if common, err = w.prefix(ctx, nil, ids[:n]); err != nil {
			return nil, err
		}
		e.prefixes.put(ids[:n], common)
	}
	whole, err := w.prefix(ctx, common, ids[n:])
	if err != nil {
		return nil, err
	}
	e.prefixes.put(ids, whole)
	return whole, nil
}

// plan groups neighbours of documents into batches of about the same size: a whole number for each worker, so that all
// have work to the end. Documents lie in a batch one after the other without padding, so that it does not matter
// whether their lengths are alike. No more of a document than context tokens is read.
func plan(documents []string, workers, context int) [][2]int {
	size := func(d string) int64 { return int64(min(len(d), context*bytesPerToken)) + 1 }
	total := int64(0)
	for _, d := range documents {
		total += size(d)
	}
	n := (total + maxBatchBytes - 1) / maxBatchBytes
	n = (n + int64(workers) - 1) / int64(workers) * int64(workers)
	var batches [][2]int
	from, seen := 0, int64(0)
	for i, d := range documents {
		seen += size(d)
		if seen*n >= total*int64(len(batches)+1) {
			batches = append(batches, [2]int{from, i + 1})
			from = i + 1
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
		w, err := e.acquire(ctx, e.cores.number()/len(j.batches))
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
