package retrieve

import "slices"

// each calls f for every term that a passage has, in the query's order. All are of one reading, since a document is in one
// language.
func (s *search) each(segment int, doc uint32, f func(q *reading, c *clause, tf uint32)) {
	for _, q := range s.readings {
		for i := range q.terms {
			l := q.terms[i].lists[segment]
			if l == nil {
				break // the language is not in this segment
			}
			if at, ok := slices.BinarySearch(l.Docs, doc); ok {
				f(q, &q.terms[i], l.TFs[at])
			}
		}
	}
}

// termScores explains the score of a hit.
func (s *search) termScores(h hit) (scores []TermScore) {
	unit := float64(s.boost.unit())
	length := s.lengths[h.segment][h.doc]
	s.each(h.segment, h.doc, func(q *reading, c *clause, tf uint32) {
		scores = append(scores, TermScore{
			Term: c.String(), Count: c.count, TF: float64(tf) / unit, DF: c.df, N: q.lang.Docs, IDF: c.idf, Weight: q.langWeight,
			Length: float64(length) / unit, AvgLength: q.average / unit, Score: q.score(c.weight, tf, length),
		})
	})
	return scores
}

// score adds the shares of a passage's terms up, in the query's order as the walk does.
func (s *search) score(segment int, doc uint32) (sum float64) {
	length := s.lengths[segment][doc]
	s.each(segment, doc, func(q *reading, c *clause, tf uint32) { sum += q.score(c.weight, tf, length) })
	return sum
}
