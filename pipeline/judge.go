package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/retrieve"
)

// maxAbandoned bounds the judgings that nobody waits for any more. One that heeds its context is gone within moments;
// one that is stuck keeps a task (some 100 kB) and perhaps a connection for ever, so beyond this the model is not
// asked until one of them ends.
const maxAbandoned = 64

// errDeadline is the cause of the end of a judging whose time is over.
var errDeadline = errors.New("deadline passed")

// A judging is what is known about the window of one search. Scores has one score a judged candidate, Index that of
// the candidate; err says why there are not more, and is nil if all are judged.
type judging struct {
	scores []rerank.Score
	cached int // how many of them are from the cache
	tokens int // read for the others
	err    error
}

// judge scores the window: from the cache what is known, by the model the rest. Its error is the caller's own end.
func (p *Pipeline) judge(ctx context.Context, q Query, window []retrieve.Candidate) (judging, error) {
	var j judging
	var places []int // of task's documents in the window
	task := rerank.Task{Query: q.Text, Instruct: q.Instruct}
	model := p.cfg.Scorer.Model()
	for i, c := range window {
		text := c.Document.Text()
		if key, ok := p.cache.keyOf(model, task, text); ok {
			if s, ok := p.cache.get(key); ok {
				s.Index = i
				j.scores = append(j.scores, s)
				j.cached++
				continue
			}
		}
		task.Documents = append(task.Documents, text)
		places = append(places, i)
	}
	if len(places) == 0 {
		return j, nil
	}
	for s, err := range p.ask(ctx, task, q.Deadline) {
		if err != nil {
			j.err = err
			break
		}
		if key, ok := p.cache.keyOf(model, task, task.Documents[s.Index]); ok {
			p.cache.put(key, s)
		}
		j.tokens += s.Tokens
		s.Index = places[s.Index]
		j.scores = append(j.scores, s)
	}
	switch {
	case len(j.scores) == len(window):
		j.err = nil
	case ctx.Err() != nil:
		return j, ctx.Err()
	case j.err == nil:
		j.err = errors.New("the model ended without a word")
	}
	return j, nil
}

// A result is one step of a Scorer.
type result struct {
	score rerank.Score
	err   error
}

// ask is rerank.Checked within a deadline that holds even for a Scorer that is deaf to its context: it works in a
// goroutine of its own, which is left to itself when time is over. When that is the reason to end, the error is
// errDeadline, or that of the caller's ctx.
func (p *Pipeline) ask(ctx context.Context, t rerank.Task, deadline time.Duration) iter.Seq2[rerank.Score, error] {
	return func(yield func(rerank.Score, error) bool) {
		if n := p.abandoned.Load(); n >= maxAbandoned {
			yield(rerank.Score{}, fmt.Errorf("the model is still busy with %d earlier searches that it did not finish in time", n))
			return
		}
		ctx, cancel := context.WithTimeoutCause(ctx, deadline, errDeadline)
		defer cancel()
		results := make(chan result, len(t.Documents)+1) // room for all that Checked can say: the goroutine never waits
		go func() {
			defer close(results)
			for s, err := range rerank.Checked(ctx, p.cfg.Scorer, t) {
				results <- result{s, err}
			}
		}()
		for {
			r, ok := next(ctx, results)
			if !ok {
				return
			}
			if r.err != nil && ctx.Err() != nil {
				r.err = context.Cause(ctx)
			}
			if r.err != nil {
				if ctx.Err() != nil {
					p.abandon(results)
				}
				yield(rerank.Score{}, r.err)
				return
			}
			if !yield(r.score, nil) {
				return
			}
		}
	}
}

// next waits for a result, or for the end of ctx: then it returns what has come by now, and after that an error.
func next(ctx context.Context, results <-chan result) (r result, ok bool) {
	select {
	case r, ok = <-results:
		return r, ok
	case <-ctx.Done():
	}
	select {
	case r, ok = <-results:
		return r, ok
	default:
		return result{err: ctx.Err()}, true
	}
}

// abandon counts a judging as abandoned for as long as it goes on.
func (p *Pipeline) abandon(results <-chan result) {
	p.abandoned.Add(1)
	go func() {
		defer p.abandoned.Add(-1)
		for range results {
		}
	}()
}
