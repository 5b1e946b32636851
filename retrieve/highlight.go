package retrieve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve/query"
)

// A match is an occurrence of a query term: the bytes [start, end) of a text.
type match struct {
	start, end int
	term       string // of the query; "boil*" for all that begin so
	found      string // in the text, as the analyzer left it
}

// A sought is what a query looks for in a text, as the text's language reads it.
type sought struct {
	words    map[string]bool // wherever they stand
	prefixes []string
	phrases  []analysis.TokenStream // whose words count only where the phrase stands
}

// sought reads the clauses that look for words in the whole text, or those that look for them in the title.
func (s *search) sought(q query.Query, lang index.Lang, title bool) sought {
	w := sought{words: map[string]bool{}}
	for _, c := range q.Clauses {
		if c.Not || (c.Kind == query.Field) != title {
			continue
		}
		prefix, isPrefix := s.prefixOf(c)
		if isPrefix && !title {
			if stem := s.takenFor(lang, prefix); stem != "" {
				w.words[stem] = true
				continue
			}
		}
		tokens := s.tokens(lang.Name, wordsOf(c))
		switch {
		case isPrefix:
			w.prefixes = append(w.prefixes, s.forms(lang, prefix)...)
		case len(tokens) > 0 && (title || c.Kind == query.Phrase):
			w.phrases = append(w.phrases, tokens)
		default:
			for _, t := range tokens {
				w.words[string(t.Term)] = true
			}
		}
	}
	return w
}

// takenFor is the term that expand takes a prefix for; empty if terms begin with it. Where the index cannot be read, the
// prefix is left as it is.
func (s *search) takenFor(lang index.Lang, prefix string) string {
	terms, err := s.expand(lang, lang.Field, prefix)
	if err != nil || len(terms) != 1 || slices.ContainsFunc(s.forms(lang, prefix), func(form string) bool { return strings.HasPrefix(terms[0], form) }) {
		return ""
	}
	return terms[0]
}

// in lists what of it is in a text, in the text's order.
func (w sought) in(tokens analysis.TokenStream) []match {
	var found []match
	for _, t := range tokens {
		if term, ok := w.term(string(t.Term)); ok {
			found = append(found, match{t.Start, t.End, term, string(t.Term)})
		}
	}
	for _, phrase := range w.phrases {
		found = append(found, phraseIn(tokens, phrase)...)
	}
	slices.SortStableFunc(found, func(a, b match) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end), cmp.Compare(a.term, b.term))
	})
	return slices.Compact(found)
}

// term gives the query term that a term of a text is an occurrence of.
func (w sought) term(found string) (term string, ok bool) {
	if w.words[found] {
		return found, true
	}
	for _, prefix := range w.prefixes {
		if strings.HasPrefix(found, prefix) {
			return queryTerm{text: prefix, prefix: true}.String(), true
		}
	}
	return "", false
}

// phraseIn gives the words of a phrase where it stands, each once.
func phraseIn(tokens, phrase analysis.TokenStream) (found []match) {
	type place struct {
		term     string
		position uint64
	}
	at := map[place]*analysis.Token{}
	positions := map[string][]uint64{}
	for _, t := range phrase {
		positions[string(t.Term)] = nil
	}
	for _, t := range tokens {
		if known, ok := positions[string(t.Term)]; ok {
			positions[string(t.Term)] = append(known, uint64(t.Position))
			at[place{string(t.Term), uint64(t.Position)}] = t
		}
	}
	starts, _ := phraseStarts(phrase, func(i int) ([]uint64, error) { return slices.Clone(positions[string(phrase[i].Term)]), nil })
	for _, start := range starts {
		for _, want := range phrase {
			here := place{string(want.Term), start + uint64(want.Position-phrase[0].Position)}
			if t, ok := at[here]; ok {
				found = append(found, match{t.Start, t.End, here.term, here.term})
				delete(at, here)
			}
		}
	}
	return found
}

// weights says how much it counts that a fragment has a term: its inverse document frequency as the index stands now, in
// thousandths, so that sums are exact. It counts a little even if every document has it.
func (s *search) weights(lang index.Lang, matches []match) map[string]int {
	weights := map[string]int{}
	for _, m := range matches {
		if _, ok := weights[m.term]; ok {
			continue
		}
		c, err := s.lookUp(&reading{lang: lang}, queryTerm{text: m.found})
		if err != nil {
			c.idf = 0
		}
		weights[m.term] = 1 + int(1000*c.idf)
	}
	return weights
}
