package query

import "strings"

// A Query is what a person asks for, as [Parse] read it. One without clauses asks for nothing.
type Query struct {
	Clauses []Clause // in the order typed; plain words side by side are one clause
}

// A Clause is one part of a query.
type Clause struct {
	Kind   Kind
	Text   string // the words as typed, without operators, one space between them; empty for kind Field
	Filter Filter // what the field holds, for kind Field: a single value, a prefix, a range of numbers or dates, or anything
	Not    bool   // documents for which the clause holds are left out
}

// A Kind says what a clause asks of a document.
type Kind int

// The kinds of clauses.
const (
	Words  Kind = iota // it has some of the words of Text; excluded words come one token a clause
	Phrase             // it has the words of Text as they are, one right after the other
	Prefix             // it has a word that begins with Text
	Field              // Filter matches a value of its field
)

// String is the kind's name.
func (k Kind) String() string {
	return [...]string{"words", "phrase", "prefix", "field"}[k]
}

// titleField is the field whose values in a query are also words that a document is about.
const titleField = "title"

// Plain tells whether the query has nothing but words, as [Plain] reads any text.
func (q Query) Plain() bool {
	for _, c := range q.Clauses {
		if c.Kind != Words || c.Not {
			return false
		}
	}
	return true
}

// Text is the query as plain words in the order typed, for a model that judges documents and for highlighting: the text
// of all that is not excluded, and what it asks of the field "title". Of other fields nothing, since documents seldom
// talk about them.
func (q Query) Text() string {
	var parts []string
	for _, c := range q.Clauses {
		switch {
		case c.Not:
		case c.Kind != Field:
			parts = append(parts, c.Text)
		case strings.EqualFold(c.Filter.Field, titleField):
			parts = append(parts, c.Filter.Values...)
			if c.Filter.Prefix != "" {
				parts = append(parts, c.Filter.Prefix)
			}
		}
	}
	return strings.Join(parts, " ")
}

// String is the canonical form of a query from [Parse]: with the same fields, Parse reads the same clauses from it. That
// cannot hold for one from [Plain] whose words look like operators.
func (q Query) String() string {
	parts := make([]string, len(q.Clauses))
	for i, c := range q.Clauses {
		parts[i] = c.String()
	}
	return strings.Join(parts, " ")
}

// String is the clause as it stands in [Query.String].
func (c Clause) String() string {
	s := c.Text
	switch c.Kind {
	case Phrase:
		s = quote(c.Text)
	case Prefix:
		s += "*"
	case Field:
		s = c.Filter.String()
		if len(c.Filter.Values) > 0 {
			value := c.Filter.Values[0]
			if !bare(value) {
				value = quote(value)
			}
			s = c.Filter.Field + ":" + value
		}
	}
	if c.Not {
		s = "-" + s
	}
	return s
}

// bare tells whether a query can have the value of a field without quotes.
func bare(value string) bool {
	_, quoted := quoteAt(value, 0)
	return !quoted && isValue(value) && !strings.Contains(value, " ") && len(fieldFilter("", value).Values) > 0
}
