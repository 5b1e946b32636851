package pipeline

import (
	"context"
	"iter"

	"github.com/quern-search/quern/rerank"
)

// A judge is one model of a pipeline. Its flights are its own: one that is stuck is not the next one's fault.
type judge struct {
	scorer  rerank.Scorer
	cache   cache   // shared by all
	flights flights // what it is asked just now
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
	for r := range m.ask(ctx, rest) {
		j.model = r.model
		if r.err != nil {
			j.err = r.err
			break
		}
		if len(fresh) == 0 {
			first = r.model
		}
		s := r.score
		j.tokens += s.Tokens
		s.Index = places[s.Index]
		fresh = append(fresh, s)
	}
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

// ask is rerank.Checked within a ctx that holds even for a Scorer that is deaf to it, and shared with all who ask the
// same just now. When ctx ends, the last result has the cause of that.
func (m *judge) ask(ctx context.Context, t rerank.Task) iter.Seq[result] {
	return func(yield func(result) bool) {
		err := context.Cause(ctx)
		var f *flight
		if err == nil {
			f, err = m.flights.board(ctx, m.scorer, t)
		}
		if err != nil {
			yield(result{model: m.scorer.Model(), err: err})
			return
		}
		defer f.leave()
		for i := 0; ; i++ {
			r, ok, err := f.result(ctx, i)
			switch {
			case err != nil:
				r = result{model: m.scorer.Model(), err: err}
			case !ok:
				return
			case r.err != nil && ctx.Err() != nil:
				r.err = context.Cause(ctx)
			}
			if !yield(r) || r.err != nil {
				return
			}
		}
	}
}
