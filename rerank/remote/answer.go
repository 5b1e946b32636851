package remote

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/quern-search/quern/rerank"
)

// maxTokens bounds what a server may claim to have read for one request, so that no sum of it overflows.
const maxTokens = 1 << 40

// value returns the number of an item, under whichever name it came.
func (i item) value() *float64 {
	if i.Relevance != nil {
		return i.Relevance
	}
	return i.Score
}

// judge turns an answer to the documents of q into scores, in the order of the documents, or says what is wrong with
// it. Here a relevance becomes a logit, once; a raw score is one already.
func judge(q question, a answer) ([]rerank.Score, error) {
	scores := make([]rerank.Score, len(q.documents))
	seen := make([]bool, len(q.documents))
	for n, i := range a.items {
		v := i.value()
		switch {
		case i.Index == nil:
			return nil, bad("result %d of %d has no index", n, len(a.items))
		case *i.Index < 0 || *i.Index >= len(seen):
			return nil, bad("it answers for document %d of %d", *i.Index, len(seen))
		case seen[*i.Index]:
			return nil, bad("it answers twice for document %d", *i.Index)
		case v == nil:
			return nil, bad("it gives document %d no score (null): the model failed there", *i.Index)
		}
		logit := *v
		if !q.raw {
			if !(*v >= 0 && *v <= 1) {
				return nil, bad("it gives document %d relevance %v, which is not in 0..1: it may answer logits, "+
					"as llama-server does for a model that is not a Qwen3-Reranker", *i.Index, *v)
			}
			logit = rerank.LogitOf(*v)
		}
		seen[*i.Index] = true
		scores[*i.Index] = rerank.Score{Index: *i.Index, Logit: logit}
	}
	if i := slices.Index(seen, false); i >= 0 {
		return nil, bad("it answers for %d of %d documents, not for document %d", len(a.items), len(seen), i)
	}
	spread(q, a.tokens, scores)
	return scores, nil
}

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: %s", rerank.ErrBadScore, fmt.Sprintf(format, args...))
}

// spread shares the tokens of a request out to its documents, by the bytes of query and document, which is what each
// prompt holds. What does not divide goes to those that lost the most by rounding, so that the sum is exact and a longer
// document never has fewer.
func spread(q question, tokens int, scores []rerank.Score) {
	if tokens <= 0 || tokens > maxTokens {
		return
	}
	var total float64
	weigh := func(i int) float64 { return float64(1 + len(q.query) + len(q.documents[i])) }
	for i := range scores {
		total += weigh(i)
	}
	left := tokens
	lost := make([]float64, len(scores))
	order := make([]int, len(scores))
	for i := range scores {
		share := float64(tokens) * weigh(i) / total
		scores[i].Tokens = int(math.Floor(share))
		left -= scores[i].Tokens
		lost[i], order[i] = share-math.Floor(share), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(lost[b], lost[a]) })
	for _, i := range order[:min(max(left, 0), len(order))] {
		scores[i].Tokens++
	}
}
