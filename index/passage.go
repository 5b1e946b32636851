package index

import (
	"net/url"
	"strings"
)

// A Passage is a piece of a document's Body that is searched and judged by itself.
type Passage struct {
	From, To int      // bytes of Body; the zero Passage is all of it
	Path     []string // headings that it stands under, outermost first, without "#"
	Anchor   string   // of the heading that it begins with, or else of the innermost above it that has one; may be empty
}

// Passages says how long documents are split. A token is what the index's tokenizer takes for a word: outside of
// Chinese, Japanese, Korean and the like a word indeed, there a character. Title and headings above a passage count
// for none.
type Passages struct {
	Tokens  int `json:"tokens"`  // that a passage has at most; 0: DefaultPassageTokens; negative: documents are never split
	Overlap int `json:"overlap"` // tokens that a passage may have in common with the one before; 0: DefaultPassageOverlap; negative: none. A third of Tokens at most
}

const (
	// DefaultPassageTokens is a screen of text: one or two thoughts, so that a score is about what is shown. It is also what
	// small rerankers read well: 200 words are about 270 tokens of theirs.
	DefaultPassageTokens = 200

	// DefaultPassageOverlap is two or three sentences: enough for a pronoun that begins a passage to have its noun.
	DefaultPassageOverlap = 40

	// maxOverlap is the part of a window, one of so many, that the next may repeat at most. Windows end in their second
	// half, so that each of them brings at least a sixth of new text.
	maxOverlap = 3
)

// withDefaults fills in what is 0.
func (p Passages) withDefaults() Passages {
	if p.Tokens == 0 {
		p.Tokens = DefaultPassageTokens
	}
	if p.Overlap == 0 {
		p.Overlap = DefaultPassageOverlap
	}
	return p
}

// PassageText is what is searched and what a reranker reads of a passage of d: the title, the headings above on a line
// of their own, as in "Tea > Green", and the passage. Of the only passage of a document it is Text.
func (d Document) PassageText(p Passage) string {
	var path []string
	for _, heading := range p.Path {
		if heading != "" && heading != d.Title {
			path = append(path, heading)
		}
	}
	body := d.Body[p.From:p.To]
	if p.To == 0 {
		body = d.Body
	}
	if len(path) > 0 {
		body = strings.Join(path, " > ") + "\n" + body
	}
	return Document{Title: d.Title, Body: body}.Text()
}

// PassageURL is where people read a passage of d: the document's URL with the passage's anchor, where both are known and
// the URL has none of its own.
func (d Document) PassageURL(p Passage) string {
	if d.URL == "" || p.Anchor == "" || strings.Contains(d.URL, "#") {
		return d.URL
	}
	return d.URL + "#" + (&url.URL{Fragment: p.Anchor}).EscapedFragment()
}
