package pipeline

import (
	"cmp"
	"slices"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/retrieve"
)

// Order returns hits as the given blend orders them, with Score set: see Config.Blend for the formula. Judged hits
// come first, by score; ties go by logit, then by BM25 rank. With a blend of 1 the order is that of the logits, which
// still differ where relevance prints as 1.0. The others follow in BM25 order, whatever their score: they were not
// judged because BM25 put them last, or because there was no time.
//
// With a blend of 0 the order is BM25's, judged or not. One answer can so be looked at under many blends, if hits are all
// that were found: without the first candidate, max(bm25) would be another.
func Order(hits []Hit, blend float64) []Hit {
	top := 0.0
	for _, h := range hits {
		top = max(top, h.BM25.Score)
	}
	ordered := slices.Clone(hits)
	for i := range ordered {
		ordered[i].Score = score(ordered[i], blend, top)
	}
	slices.SortStableFunc(ordered, func(a, b Hit) int {
		byRank := cmp.Compare(a.BM25.Rank, b.BM25.Rank)
		if blend == 0 {
			return byRank
		}
		if a.Rerank == nil || b.Rerank == nil {
			return cmp.Or(judgedFirst(a, b), byRank)
		}
		byLogit := cmp.Compare(b.Rerank.Logit, a.Rerank.Logit)
		if blend == 1 {
			return cmp.Or(byLogit, byRank)
		}
		return cmp.Or(cmp.Compare(b.Score, a.Score), byLogit, byRank)
	})
	return ordered
}

func judgedFirst(a, b Hit) int {
	switch {
	case a.Rerank != nil && b.Rerank == nil:
		return -1
	case a.Rerank == nil && b.Rerank != nil:
		return 1
	}
	return 0
}

// score is the blend of h's two scores; top is the greatest BM25 score, 0 where there is none.
func score(h Hit, blend, top float64) float64 {
	s := 0.0
	if top > 0 {
		s = (1 - blend) * h.BM25.Score / top
	}
	if h.Rerank != nil {
		s += blend * h.Rerank.Relevance
	}
	return s
}

// hitsOf makes hits of the candidates, which are in BM25 order, and of the scores that they have; the Index of a score
// is that of its candidate.
func hitsOf(candidates []retrieve.Candidate, scores []rerank.Score) []Hit {
	hits := make([]Hit, len(candidates))
	for i, c := range candidates {
		d := c.Document
		hits[i] = Hit{ID: d.ID, Title: d.Title, URL: d.PassageURL(c.Passage), Section: c.Passage.Path, Anchor: c.Passage.Anchor, Fields: d.Fields,
			BM25: BM25Score{i + 1, c.Score}}
		if d.Fields == nil {
			hits[i].Fields = map[string]any{} // {} in JSON, not null
		}
	}
	sorted := slices.Clone(scores)
	rerank.Sort(sorted)
	for rank, s := range sorted {
		hits[s.Index].Rerank = &RerankScore{Rank: rank + 1, Relevance: s.Relevance(), Logit: s.Logit}
	}
	return hits
}
