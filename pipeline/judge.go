package pipeline

import (
	"context"
	"fmt"
	"iter"
	"sync/atomic"

	"github.com/quern-search/quern/rerank"
)

// maxAbandoned bounds the judgings of one model that nobody waits for any more. One that heeds its context is gone
// within moments; one that is stuck keeps a task (some 100 kB) and perhaps a connection for ever, so beyond this the
// model is not asked until one of them ends.
const maxAbandoned = 64

// A judge is one model of a pipeline. The abandoned are counted for each: one that is stuck is not the next one's fault.
type judge struct {
	scorer    rerank.Scorer
	cache     cache        // shared by all
	abandoned atomic.Int64 // judgings that go on with nobody waiting: see maxAbandoned
}

// A judging is what one model knows of a task. Scores has one score a judged document; err says why there are not
// more, and is nil if all are judged.
type judging struct {
	model  rerank.Model // as it was when it had been asked
	scores []rerank.Score
	cached int // how many of them are from the cache
	tokens int // read for the others
	err    error
}

// An overdue is the cause of the end of a judging whose time is over, and says which time.
type overdue string

// Error implements error.
func (o overdue) Error() string { return string(o) }

// judge scores the documents of t: from the cache what is known, by the model the rest, as far as it comes before ctx
// ends.
//
// A model may turn out to be another when it is asked: its server was not reached before, or has new weights by now.
// Cached scores are then those of the old one and share no scale with the fresh ones, so all are asked for, once more.
func (m *judge) judge(ctx context.Context, t rerank.Task) judging {
	before := m.scorer.Model()
	j := m.recall(before, t)
	m.complete(ctx, t, &j)
	if j.cached > 0 && j.model.Fingerprint != before.Fingerprint {
		j = judging{tokens: j.tokens}
		m.complete(ctx, t, &j)
	}
	return j
}

// recall returns what the cache knows of t.
func (m *judge) recall(model rerank.Model, t rerank.Task) judging {
	j := judging{model: model}
	for i, text := range t.Documents {
		if key, ok := m.cache.keyOf(model, t, text); ok {
			if s, ok := m.cache.get(key); ok {
				s.Index = i
				j.scores = append(j.scores, s)
				j.cached++
			}
		}
	}
	return j
}

// complete asks for the documents that j has no score of, and has the cache remember what came.
func (m *judge) complete(ctx context.Context, t rerank.Task, j *judging) {
	rest, places := j.rest(t)
	if len(places) == 0 {
		return
	}
	var fresh []rerank.Score
	var first rerank.Model // as it was when the first score came
	for s, err := range m.ask(ctx, rest) {
		if err != nil {
			j.err = err
			break
		}
		if len(fresh) == 0 {
			first = m.scorer.Model()
		}
		j.tokens += s.Tokens
		s.Index = places[s.Index]
		fresh = append(fresh, s)
	}
	j.model = m.scorer.Model()
	j.scores = append(j.scores, fresh...)
	if len(j.scores) == len(t.Documents) {
		j.err = nil
	}
	if first.Fingerprint != j.model.Fingerprint {
		return // nobody knows which score is whose
	}
	for _, s := range fresh {
		if key, ok := m.cache.keyOf(j.model, t, t.Documents[s.Index]); ok {
			m.cache.put(key, s)
		}
	}
}

// rest returns the documents of t that have no score yet, and their places in t.
func (j *judging) rest(t rerank.Task) (rest rerank.Task, places []int) {
	known := make([]bool, len(t.Documents))
	for _, s := range j.scores {
		known[s.Index] = true
	}
	rest = rerank.Task{Query: t.Query, Instruct: t.Instruct}
	for i, text := range t.Documents {
		if !known[i] {
			rest.Documents = append(rest.Documents, text)
			places = append(places, i)
		}
	}
	return rest, places
}

// A result is one step of a Scorer.
type result struct {
	score rerank.Score
	err   error
}

// ask is rerank.Checked within a ctx that holds even for a Scorer that is deaf to it: the Scorer works in a goroutine
// of its own, which is left to itself when ctx ends. The error is then the cause of that.
func (m *judge) ask(ctx context.Context, t rerank.Task) iter.Seq2[rerank.Score, error] {
	return func(yield func(rerank.Score, error) bool) {
		if err := context.Cause(ctx); err != nil {
			yield(rerank.Score{}, err)
			return
		}
		if n := m.abandoned.Load(); n >= maxAbandoned {
			yield(rerank.Score{}, fmt.Errorf("rerank: model %q: it is still busy with %d earlier requests that it did not finish in time", m.scorer.Model().Name, n))
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		results := make(chan result, len(t.Documents)+1) // room for all that Checked can say: the goroutine never waits
		go func() {
			defer close(results)
			for s, err := range rerank.Checked(ctx, m.scorer, t) {
				results <- result{s, err}
			}
		}()
		for {
			r, ok := next(ctx, results)
			if !ok {
				return
			}
			if r.err != nil && ctx.Err() != nil {
				m.abandon(results)
				r.err = context.Cause(ctx)
			}
			if !yield(r.score, r.err) || r.err != nil {
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
func (m *judge) abandon(results <-chan result) {
	m.abandoned.Add(1)
	go func() {
		defer m.abandoned.Add(-1)
		for range results {
		}
	}()
}
