package retrieve

import (
	"context"
	"slices"

	"github.com/quern-search/quern/index"
)

// A search is one query over one snapshot.
type search struct {
	formula
	snap  *index.Snapshot
	terms []clause // in the query's order
	best  topK
}

// A clause is a term of the query with what the snapshot holds of it.
type clause struct {
	queryTerm
	lists  []*list // one a segment
	df     int     // live documents that have it
	idf    float64
	weight float64 // see formula
}

// checkEvery is after how many terms a search looks whether its context has ended; it looks at every window too. Often
// enough to stop within milliseconds, seldom enough to cost nothing.
const checkEvery = 64

// newSearch looks the terms up.
func (r *BM25) newSearch(ctx context.Context, snap *index.Snapshot, terms []queryTerm, k int) (*search, error) {
	s := &search{formula: formula{k1: r.k1, b: r.b, average: snap.Average()}, snap: snap, best: topK{k: k, snap: snap}}
	for i, term := range terms {
		if i%checkEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c := clause{queryTerm: term, lists: make([]*list, len(snap.Segments))}
		for j, segment := range snap.Segments {
			l, err := r.lists.list(segment, term.text)
			if err != nil {
				return nil, err
			}
			df, err := l.df(segment, term.text)
			if err != nil {
				return nil, err
			}
			c.lists[j] = l
			c.df += df
		}
		c.idf = idf(snap.Docs, c.df)
		c.weight = s.weight(c.count, c.idf)
		s.terms = append(s.terms, c)
	}
	return s, nil
}

// run finds the k best documents, best first.
func (s *search) run(ctx context.Context) ([]hit, error) {
	if s.snap.Docs == 0 || s.best.k <= 0 {
		return nil, ctx.Err()
	}
	w := &walk{formula: s.formula, best: &s.best}
	for i := range s.snap.Segments {
		if err := w.over(ctx, i, s.snap.Segments[i], s.terms); err != nil {
			return nil, err
		}
	}
	return s.best.ranked()
}

// termScores explains the score of a hit.
func (s *search) termScores(h hit) []TermScore {
	var scores []TermScore
	length := s.snap.Segments[h.segment].Lengths[h.doc]
	for _, c := range s.terms {
		l := c.lists[h.segment]
		i, ok := slices.BinarySearch(l.Docs, h.doc)
		if !ok {
			continue
		}
		scores = append(scores, TermScore{
			Term: c.text, Count: c.count, TF: int(l.TFs[i]), DF: c.df, N: s.snap.Docs, IDF: c.idf,
			Length: int(length), AvgLength: s.average, Score: s.score(c.weight, l.TFs[i], length),
		})
	}
	return scores
}
