package rerank

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
)

// ErrBadScore is wrapped by the errors of [Rank] and [Checked] when a Scorer breaks its contract: a score that is not
// a finite number, an index outside the task, an index given twice, a document without a score, a panic. Such a
// backend is broken or lies; asking again does not help.
var ErrBadScore = errors.New("broken score")

// Rank judges every document of t and returns the topN best, by Logit from high to low; ties keep the order of the
// request. topN 0, or more than there are documents, means all. If any document has no valid score the error says
// why and the scores are nil: a ranking with holes looks like a ranking.
func Rank(ctx context.Context, s Scorer, t Task, topN int) ([]Score, error) {
	if topN < 0 {
		return nil, fmt.Errorf("rerank: top_n is %d: give 0 for all documents, or a positive number", topN)
	}
	scores := make([]Score, 0, len(t.Documents))
	for score, err := range Checked(ctx, s, t) {
		if err != nil {
			return nil, err
		}
		scores = append(scores, score)
	}
	Sort(scores)
	if topN > 0 && topN < len(scores) {
		scores = scores[:topN]
	}
	return scores, nil
}

// Sort orders scores as [Rank] does: by Logit from high to low, ties by Index.
func Sort(scores []Score) {
	slices.SortFunc(scores, func(a, b Score) int {
		return cmp.Or(cmp.Compare(b.Logit, a.Logit), cmp.Compare(a.Index, b.Index))
	})
}

// Checked is s.Score behind the trust boundary: it passes on each score once it is known to be sound and ends with an
// error that wraps [ErrBadScore] at the first one that is not, at a missing one, and when s panics. Scores passed on
// before that stay valid. Nothing else in the program needs to distrust a Scorer.
func Checked(ctx context.Context, s Scorer, t Task) iter.Seq2[Score, error] {
	return func(yield func(Score, error) bool) {
		seen := make([]bool, len(t.Documents))
		judged, stopped, err := drain(ctx, s, t, seen, yield)
		if stopped {
			return
		}
		if err == nil && judged < len(seen) {
			err = ctx.Err() // a scorer that just stops when its time is over is late, not broken
			if err == nil {
				err = fmt.Errorf("%w: document %d of %d has none", ErrBadScore, slices.Index(seen, false), len(seen))
			}
		}
		if err != nil {
			yield(Score{}, fmt.Errorf("rerank: model %q: %w", s.Model().Name, err))
		}
	}
}

// drain passes the sound scores on until the first error, and tells whether the consumer stopped it. A panic of the
// scorer comes back as an error; one of the consumer is the consumer's and goes on up.
func drain(ctx context.Context, s Scorer, t Task, seen []bool, yield func(Score, error) bool) (judged int, stopped bool, err error) {
	consuming := false
	defer func() {
		if consuming {
			return
		}
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: it panicked: %v", ErrBadScore, p)
		}
	}()
	for score, err := range s.Score(ctx, t) {
		if err == nil {
			err = check(score, seen)
		}
		if err != nil {
			return judged, false, err
		}
		judged++
		consuming = true
		more := yield(score, nil)
		consuming = false
		if !more {
			return judged, true, nil
		}
	}
	return judged, false, nil
}

// check marks score's document as judged, or says what is wrong with score.
func check(score Score, seen []bool) error {
	switch {
	case score.Index < 0 || score.Index >= len(seen):
		return fmt.Errorf("%w: index %d of %d documents", ErrBadScore, score.Index, len(seen))
	case seen[score.Index]:
		return fmt.Errorf("%w: document %d was judged twice", ErrBadScore, score.Index)
	case math.IsNaN(score.Logit) || math.IsInf(score.Logit, 0):
		return fmt.Errorf("%w: document %d has logit %v", ErrBadScore, score.Index, score.Logit)
	}
	seen[score.Index] = true
	return nil
}
