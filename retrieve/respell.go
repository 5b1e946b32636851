package retrieve

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/quern-search/quern/retrieve/query"
)

// tellCorrections puts what was corrected into a result, in words that its documents have.
func (s *search) tellCorrections(result *Result) {
	best := map[place]correction{} // of all languages' the one that most documents have
	for _, c := range s.changes {
		if old, ok := best[c.at]; !ok || c.df > old.df {
			best[c.at] = c
		}
	}
	changes := slices.SortedFunc(maps.Values(best), func(a, b correction) int {
		return cmp.Or(cmp.Compare(a.at.clause, b.at.clause), cmp.Compare(a.at.start, b.at.start))
	})
	q := query.Query{Clauses: slices.Clone(s.query.Clauses)}
	for _, c := range slices.Backward(changes) { // from the end, so that places before stay where they are
		text := &q.Clauses[c.at.clause].Text
		*text = (*text)[:c.at.start] + s.spelt(c, result.Candidates) + (*text)[c.at.end:]
	}
	for _, c := range changes {
		told := Correction{c.from, s.spelt(c, result.Candidates)}
		if !slices.Contains(result.Corrections, told) { // once, however often it was typed
			result.Corrections = append(result.Corrections, told)
		}
	}
	result.Query = q
}

// maxSpelt is how many candidates are read for the spelling of a term, which is a stem. One is enough but where those
// found first have it in another language, or not at all.
const maxSpelt = 10

// spelt is a term as the first candidate that has it writes it, in small letters.
func (s *search) spelt(c correction, candidates []Candidate) string {
	for _, candidate := range candidates[:min(len(candidates), maxSpelt)] {
		if s.index.LangOf(candidate.Document) != c.lang.Name {
			continue
		}
		text := candidate.Text()
		for _, token := range s.tokens(c.lang.Name, text) {
			if string(token.Term) == c.term {
				return strings.ToLower(text[token.Start:token.End])
			}
		}
	}
	return c.term
}
