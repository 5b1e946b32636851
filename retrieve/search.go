package retrieve

import (
	"cmp"
	"context"
	"slices"

	"github.com/quern-search/quern/index"
)

// A search is one query over one snapshot.
type search struct {
	snap     *index.Snapshot
	readings []*reading // one a language, the heaviest first
	best     topK
}

// A clause is a term of the query with what the snapshot holds of it in the language.
type clause struct {
	queryTerm
	lists  []*list // one a segment; nil where it has nothing in the language
	df     int     // live documents that have it
	idf    float64
	weight float64 // see formula; times the language's
}

// checkEvery is after how many terms a search looks whether its context has ended; it looks at every window too. Often
// enough to stop within milliseconds, seldom enough to cost nothing.
const checkEvery = 64

// newSearch reads a query in every language of the snapshot, and looks its terms up.
func (r *BM25) newSearch(ctx context.Context, snap *index.Snapshot, query string, k int) (*search, error) {
	s := &search{snap: snap, best: topK{k: k, snap: snap}}
	for _, lang := range snap.Langs {
		q := &reading{formula: formula{k1: r.k1, b: r.b, average: lang.Average()}, lang: lang, langWeight: 1}
		for i, term := range r.termsIn(query, lang.Name) {
			if i%checkEvery == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			c, err := r.lookUp(snap, q, term)
			if err != nil {
				return nil, err
			}
			q.terms = append(q.terms, c)
		}
		s.readings = append(s.readings, q)
	}
	if len(s.readings) > 1 {
		words := r.words(query)
		for _, q := range s.readings {
			q.weigh(words)
		}
		// The best scores first, which few of the others reach. The result is the same in any order.
		slices.SortStableFunc(s.readings, func(a, b *reading) int { return cmp.Compare(b.langWeight, a.langWeight) })
	}
	return s, nil
}

// lookUp gives a term's clause, as if its language were the only one.
func (r *BM25) lookUp(snap *index.Snapshot, q *reading, term queryTerm) (clause, error) {
	c := clause{queryTerm: term, lists: make([]*list, len(snap.Segments))}
	for i, segment := range snap.Segments {
		if !segment.Has(q.lang.Field) {
			continue
		}
		l, err := r.lists.list(segment, q.lang.Field, term.text)
		if err != nil {
			return c, err
		}
		df, err := l.df(segment, q.lang.Field, term.text)
		if err != nil {
			return c, err
		}
		c.lists[i] = l
		c.df += df
	}
	c.idf = idf(q.lang.Docs, c.df)
	c.weight = q.weight(c.count, c.idf)
	return c, nil
}

// run finds the k best documents, best first.
func (s *search) run(ctx context.Context) ([]hit, error) {
	if len(s.readings) == 0 || s.best.k <= 0 {
		return nil, ctx.Err()
	}
	w := &walk{best: &s.best}
	for _, q := range s.readings {
		w.formula = q.formula
		for i, segment := range s.snap.Segments {
			if err := w.over(ctx, i, segment, q.terms); err != nil {
				return nil, err
			}
		}
	}
	return s.best.ranked()
}

// termScores explains the score of a hit, all terms of which are of one reading, since a document is in one language.
func (s *search) termScores(h hit) []TermScore {
	var scores []TermScore
	length := s.snap.Segments[h.segment].Lengths[h.doc]
	for _, q := range s.readings {
		for _, c := range q.terms {
			l := c.lists[h.segment]
			if l == nil {
				break
			}
			i, ok := slices.BinarySearch(l.Docs, h.doc)
			if !ok {
				continue
			}
			scores = append(scores, TermScore{
				Term: c.text, Count: c.count, TF: int(l.TFs[i]), DF: c.df, N: q.lang.Docs, IDF: c.idf, Weight: q.langWeight,
				Length: int(length), AvgLength: q.average, Score: q.score(c.weight, l.TFs[i], length),
			})
		}
	}
	return scores
}
