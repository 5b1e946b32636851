package retrieve

import (
	"strings"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve/query"
)

// A queryTerm is a distinct term of a query, as it is read in one language.
type queryTerm struct {
	text   string
	prefix bool    // it stands for all terms that begin so
	count  int     // how often the query has it
	places []place // where, if all of these are plain words
}

// A place is a word of a query: the bytes [start, end) of a clause's text.
type place struct {
	clause, start, end int
}

// String is the term as TermScore shows it.
func (t queryTerm) String() string {
	if t.prefix {
		return t.text + "*"
	}
	return t.text
}

// termsIn reads the query in one language; the terms come in the order in which they first occur. Words of phrases, and
// those that the title must have, count like others.
func (s *search) termsIn(lang string) []queryTerm {
	var terms []queryTerm
	at := map[string]int{} // term -> its place in terms
	add := func(t queryTerm) {
		i, ok := at[t.String()]
		if !ok {
			i = len(terms)
			at[t.String()] = i
			terms = append(terms, queryTerm{text: t.text, prefix: t.prefix})
		}
		terms[i].count++
		terms[i].places = append(terms[i].places, t.places...)
	}
	for i, c := range s.query.Clauses {
		if c.Not {
			continue
		}
		if prefix, ok := s.prefixOf(c); ok {
			add(queryTerm{text: prefix, prefix: true})
			continue
		}
		for _, token := range s.tokens(lang, wordsOf(c)) {
			t := queryTerm{text: string(token.Term)}
			if c.Kind == query.Words {
				t.places = []place{{i, token.Start, token.End}}
			}
			add(t)
		}
	}
	return terms
}

// prefixOf is the prefix that a clause asks for, folded as terms are. One that is several terms, as in Chinese, where two
// characters are a term, is looked for as words.
func (r *BM25) prefixOf(c query.Clause) (prefix string, ok bool) {
	switch {
	case c.Kind == query.Prefix:
		prefix = c.Text
	case c.Kind == query.Field && isTitle(c.Filter):
		prefix = c.Filter.Prefix
	}
	tokens := r.tokens(index.AnyLang, prefix)
	if len(tokens) != 1 {
		return "", false
	}
	return string(tokens[0].Term), true
}

// wordsOf is the text of a clause that is searched for.
func wordsOf(c query.Clause) string {
	switch {
	case c.Kind != query.Field:
		return c.Text
	case !isTitle(c.Filter):
		return ""
	case c.Filter.Prefix != "":
		return c.Filter.Prefix
	}
	return strings.Join(c.Filter.Values, " ")
}

// words is how many words a text has before any language leaves out its stop words.
func (r *BM25) words(text string) int { return len(r.tokens(index.AnyLang, text)) }
