package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxOperators is how many clauses a query can have besides plain words. People need a handful. The number bounds what a
// query costs: a phrase compares positions, a prefix may stand for thousands of words.
const MaxOperators = 64

// Parse reads what a person typed, by the rules in the package comment. Any text is a query, of any length and with any
// bytes in it; the time it takes grows with the length only. isField tells whether a document can have a field of that
// name, and is asked for each name as typed, which stays so in the clause; nil means that there are none.
func Parse(text string, isField func(name string) bool) Query {
	if isField == nil {
		isField = func(string) bool { return false }
	}
	p := parser{text: clean(text), isField: isField}
	for p.operators < MaxOperators && p.skipSpace() {
		p.token()
	}
	p.words = append(p.words, strings.Fields(p.text[p.at:])...)
	p.flush()
	return Query{Clauses: p.clauses}
}

// Plain is the query that asks for words only: no character of text has a meaning of its own.
func Plain(text string) Query {
	p := parser{words: strings.Fields(clean(text))}
	p.flush()
	return Query{Clauses: p.clauses}
}

// A parser is at a place in a text.
type parser struct {
	text      string
	isField   func(string) bool
	at        int           // bytes of text that are read
	words     []string      // plain tokens since the last clause
	unclosed  map[rune]bool // opening quotes that have no partner from here on, so that none is looked for twice
	clauses   []Clause
	operators int // clauses that are not plain words
}

// skipSpace moves to the next token, and tells whether there is one.
func (p *parser) skipSpace() bool {
	rest := strings.TrimLeftFunc(p.text[p.at:], unicode.IsSpace)
	p.at = len(p.text) - len(rest)
	return rest != ""
}

// token reads one token, or one phrase.
func (p *parser) token() {
	not, start := p.sign()
	if size, ok := quoteAt(p.text, start); ok {
		if phrase, ok := p.quoted(start, size); ok {
			p.add(Clause{Kind: Phrase, Text: phrase, Not: not})
		}
		return
	}
	end := tokenEnd(p.text, p.at)
	token := p.text[start:end]
	p.at = end
	if name, value, ok := strings.Cut(token, ":"); ok && isValue(value) && p.isField(name) {
		colon := start + len(name)
		size, ok := quoteAt(p.text, colon+1)
		if !ok {
			p.add(Clause{Kind: Field, Filter: fieldFilter(name, value), Not: not})
			return
		}
		if value, ok := p.quoted(colon+1, size); ok {
			p.add(Clause{Kind: Field, Filter: Filter{Field: name, Values: []string{value}}, Not: not})
			return
		}
		token = p.text[start : colon+1] // the name is a word, and what follows the quote is read for itself
	}
	prefix, ok := prefixOf(token)
	switch {
	case ok:
		p.add(Clause{Kind: Prefix, Text: prefix, Not: not})
	case not:
		p.add(Clause{Kind: Words, Text: token, Not: true})
	default:
		p.words = append(p.words, token)
	}
}

// sign reads the minus or plus in front of a token. start is where the token begins without it. One that is no operator
// belongs to the token.
func (p *parser) sign() (not bool, start int) {
	c := p.text[p.at]
	if c != '-' && c != '+' {
		return false, p.at
	}
	next, _ := utf8.DecodeRuneInString(p.text[p.at+1:])
	if _, quoted := quoteAt(p.text, p.at+1); !quoted && !unicode.IsLetter(next) {
		return false, p.at
	}
	return c == '-', p.at + 1
}

// quoted reads the phrase whose opening quote, of so many bytes, is at start, and moves behind it. It is not ok if the
// quote has no partner, and then moves behind the quote alone, or if there is nothing in the quotes.
func (p *parser) quoted(start, size int) (phrase string, ok bool) {
	open, _ := utf8.DecodeRuneInString(p.text[start:])
	p.at = start + size
	if p.unclosed[open] {
		return "", false
	}
	length, after, ok := closing(open, p.text[p.at:])
	if !ok {
		if p.unclosed == nil {
			p.unclosed = map[rune]bool{}
		}
		p.unclosed[open] = true
		return "", false
	}
	phrase = strings.Join(strings.Fields(p.text[p.at:p.at+length]), " ")
	p.at += after
	return phrase, phrase != ""
}

// add appends a clause that is not plain words, after the plain words before it.
func (p *parser) add(c Clause) {
	p.flush()
	p.clauses = append(p.clauses, c)
	p.operators++
}

func (p *parser) flush() {
	if len(p.words) > 0 {
		p.clauses = append(p.clauses, Clause{Kind: Words, Text: strings.Join(p.words, " ")})
		p.words = nil
	}
}

// isValue tells whether text can be the value of a field: not if somebody is still typing a range.
func isValue(text string) bool { return strings.Trim(text, "<>=.") != "" }

// fieldFilter reads the value of a field in a query, where what is no range or prefix is a value. So are ranges to titles,
// which have words.
func fieldFilter(name, value string) Filter {
	f := Filter{Field: name}
	if strings.Contains(value, "|") || f.read(value) != nil || f.ofText() || f.ofTitles() {
		return Filter{Field: name, Values: []string{value}}
	}
	return f
}
