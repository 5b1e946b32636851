package eval

import (
	"cmp"
	"slices"
)

// A Run is what one system answered: for each query ID the documents, the best first and none twice. That order is
// the ranking. It need not be the order of the scores: hits that no model judged stand behind those that one has.
type Run map[string][]Ranked

// A Ranked is one document of a run.
type Ranked struct {
	ID    string
	Score float64
}

// Sort orders results that come without ranks, by score alone, as trec_eval and pytrec_eval do: from high to low,
// equal scores by document ID from high to low, byte by byte. They keep scores in 32 bits, so scores that differ only
// beyond that are equal. (They sort so whatever rank a run states, so a run that is written for them needs scores that
// differ in 32 bits.)
func Sort(results []Ranked) {
	slices.SortFunc(results, func(a, b Ranked) int {
		return cmp.Or(cmp.Compare(float32(b.Score), float32(a.Score)), cmp.Compare(b.ID, a.ID))
	})
}

// ids returns the ranking as a metric takes it.
func ids(results []Ranked) []string {
	list := make([]string, len(results))
	for i, r := range results {
		list[i] = r.ID
	}
	return list
}
