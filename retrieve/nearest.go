package retrieve

import (
	"cmp"
	"maps"
	"slices"
	"unicode/utf8"
)

// nearest is the term of a language that a misspelt word is taken for, or empty. A wrong letter may change what a stemmer
// does, so that the word as it stands is tried as well as its stem.
func (s *search) nearest(q *reading, word, stem string) (string, error) {
	for i, least := range []int{oneEdit, twoEdits} {
		found := map[string]int{} // live passages that have it
		for _, form := range slices.Compact([]string{stem, word}) {
			if utf8.RuneCountInString(form) < least {
				continue
			}
			if err := s.near(q, form, i+1, found); err != nil {
				return "", err
			}
		}
		best := ""
		for _, near := range slices.Sorted(maps.Keys(found)) {
			better := cmp.Or(cmp.Compare(sameFirst(word, near), sameFirst(word, best)), cmp.Compare(found[near], found[best]))
			if best == "" || better > 0 {
				best = near
			}
		}
		if best != "" {
			return best, nil
		}
	}
	return "", nil
}

// near adds the terms near to one to found.
func (s *search) near(q *reading, term string, edits int, found map[string]int) error {
	all, err := s.index.Near(term, edits)
	if err != nil {
		return err
	}
	for _, segment := range s.snap.Segments {
		for near, err := range segment.TermsNear(q.lang.Field, all) {
			var df int
			if err == nil {
				df, err = segment.DF(q.lang.Field, near)
			}
			if err != nil {
				return err
			}
			if df > 0 && isWord(near) {
				found[near] += df
			}
		}
	}
	return nil
}

func sameFirst(a, b string) int {
	x, _ := utf8.DecodeRuneInString(a)
	y, _ := utf8.DecodeRuneInString(b)
	if x == y {
		return 1
	}
	return 0
}
