package turns

import (
	"context"
	"iter"

	"github.com/quern-search/quern/rerank"
)

// Scorer returns s, but for that each task waits for its turn in q, and fails with a [*Busy] where there is no place. A
// turn ends with its task, or when the context of that ends: a model that is deaf to it is not waited for.
func Scorer(s rerank.Scorer, q *Queue) rerank.Scorer { return queued{s, q} }

type queued struct {
	rerank.Scorer
	queue *Queue
}

// Score implements [rerank.Scorer].
func (s queued) Score(ctx context.Context, t rerank.Task) iter.Seq2[rerank.Score, error] {
	return func(yield func(rerank.Score, error) bool) {
		if len(t.Documents) == 0 {
			return
		}
		done, err := s.queue.Take(ctx)
		if err != nil {
			yield(rerank.Score{}, err)
			return
		}
		defer done()
		defer context.AfterFunc(ctx, done)()
		for score, err := range s.Scorer.Score(ctx, t) {
			if !yield(score, err) {
				return
			}
		}
	}
}

// Unwrap is s itself, for who asks a model for more than scores.
func (s queued) Unwrap() rerank.Scorer { return s.Scorer }
