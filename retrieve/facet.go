package retrieve

import (
	"cmp"
	"slices"
)

// A Facet asks how many of the documents that match have each value of a field.
type Facet struct {
	Field string
	Size  int // how many values to return at the most; 0: DefaultFacetSize
}

// DefaultFacetSize is how many values people look through.
const DefaultFacetSize = 10

// A FacetCount is the answer to a Facet. A document with several values counts for each; values that differ in a letter's
// case are two.
type FacetCount struct {
	Field  string       `json:"field"`
	Values []ValueCount `json:"values"` // the most frequent first, then in the order of their bytes; never null
	Others int          `json:"others"` // how many more values there are
}

// A ValueCount is how many of the documents that match have a value.
type ValueCount struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

func (s *search) facets(asked []Facet, found matches) ([]FacetCount, error) {
	var all []FacetCount
	for _, f := range asked {
		counts := map[string]int{}
		for i, segment := range s.snap.Segments {
			c, err := s.column(segment, f.Field)
			if err != nil {
				return nil, err
			}
			for _, v := range c {
				if n := countIn(v.Docs, found[i]); n > 0 {
					counts[v.Text] += n
				}
			}
		}
		all = append(all, rankValues(f, counts))
	}
	return all, nil
}

func countIn(docs []uint32, set bitset) (n int) {
	for _, doc := range docs {
		if set.has(doc) {
			n++
		}
	}
	return n
}

func rankValues(f Facet, counts map[string]int) FacetCount {
	values := make([]ValueCount, 0, len(counts))
	for text, n := range counts {
		values = append(values, ValueCount{text, n})
	}
	slices.SortFunc(values, func(a, b ValueCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	n := min(len(values), max(0, cmp.Or(f.Size, DefaultFacetSize)))
	return FacetCount{Field: f.Field, Values: values[:n], Others: len(values) - n}
}
