package retrieve

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/quern-search/quern/index"
)

// A word that no document has is taken for one that is spelt almost so, if there is one: as near as can be, and of those
// as near the one with the same first letter, which people seldom get wrong, and in most documents. Short words are let
// be, since they are near to too many others, and so is what has digits, where one digit is another thing. A word that
// any document has, in any language, is never corrected: rare words are what people search for.
const (
	oneEdit    = 4  // letters from which on a word may be off by one
	twoEdits   = 6  // by two
	maxLetters = 50 // of a word; what to look for takes memory in proportion
)

// maxCorrected is how many words of a query are corrected; each takes a walk over all terms of the index. A text with
// more unknown words is no typing mistake.
const maxCorrected = 8

// A correction is a change of the query in one language.
type correction struct {
	lang index.Lang
	at   place
	from string
	term string // instead
	df   int
}

// correct replaces terms of words that no document has.
func (s *search) correct(ctx context.Context) error {
	unknown := s.unknown()
	if len(unknown) == 0 || len(unknown) > maxCorrected {
		return nil
	}
	for _, q := range s.readings {
		for i, c := range q.terms {
			if !slices.ContainsFunc(c.places, func(p place) bool { return unknown[p] }) {
				continue
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			fixed, ok, err := s.fix(q, c)
			if err != nil {
				return err
			}
			if ok {
				q.terms[i] = fixed
			}
		}
		q.join()
	}
	return nil
}

// join makes one of terms that corrections have made the same.
func (q *reading) join() {
	var terms []clause
	at := map[string]int{} // term -> its place in terms
	for _, c := range q.terms {
		i, ok := at[c.String()]
		if !ok {
			at[c.String()] = len(terms)
			terms = append(terms, c)
			continue
		}
		terms[i].count += c.count
		terms[i].weight += c.weight
		terms[i].places = slices.Concat(terms[i].places, c.places)
	}
	q.terms = terms
}

// fix gives the clause of the term that a misspelt one is taken for.
func (s *search) fix(q *reading, c clause) (fixed clause, ok bool, err error) {
	from := s.textAt(c.places[0])
	word := strings.ToLower(from)
	if tokens := s.tokens(index.AnyLang, from); len(tokens) == 1 {
		word = string(tokens[0].Term)
	}
	near, err := s.nearest(q, word, c.text)
	if err != nil || near == "" {
		return c, false, err
	}
	fixed, err = s.lookUp(q, queryTerm{text: near, count: c.count, places: c.places})
	for _, p := range c.places {
		s.changes = append(s.changes, correction{q.lang, p, s.textAt(p), near, fixed.df})
	}
	return fixed, err == nil, err
}

func (s *search) textAt(p place) string { return s.query.Clauses[p.clause].Text[p.start:p.end] }

// unknown finds the words that are a term in some language, and of no document in any.
func (s *search) unknown() map[place]bool {
	times := map[place]int{}
	for _, q := range s.readings {
		for _, c := range q.terms {
			for _, p := range c.places {
				if c.df == 0 && correctable(s.textAt(p)) {
					times[p]++
				}
			}
		}
	}
	all := map[place]bool{}
	for p, n := range times {
		if n == len(s.readings) { // where it is not, a language knows it, as a stop word maybe
			all[p] = true
		}
	}
	return all
}

// correctable tells whether a word may be a misspelling.
func correctable(word string) bool {
	letters := utf8.RuneCountInString(word)
	return letters >= oneEdit && letters <= maxLetters && isWord(word)
}

// isWord tells words from numbers and the like, and from scripts without spaces between words, where terms are no words.
func isWord(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !(unicode.IsLetter(r) || unicode.IsMark(r) || r == '\'' || r == '’') || index.Unspaced(r)
	})
}
