package retrieve

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve/query"
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
		return !(unicode.IsLetter(r) || unicode.IsMark(r) || r == '\'' || r == '’') || unicode.In(r, unicode.Han, unicode.Hiragana,
			unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
	})
}

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
