package corpus

import (
	"cmp"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/quern-search/quern/index"
)

// startHeading writes a heading's marks, and keeps its place. Its anchor is its own ID, or that of what begins with it:
// generators put IDs on sections too, and authors on empty links.
func (t *textWriter) startHeading(token html.Token) {
	anchor := t.anchor
	t.blockBreak()
	level := int(token.DataAtom.String()[1] - '0')
	t.mark(strings.Repeat("#", level) + " ")
	at := t.out.Len() - level - len(" ")
	if level == 1 && t.h1End == 0 {
		t.h1Start, t.h1Open = at, true
	}
	if at == 0 || t.out.String()[at-1] == '\n' { // an item of a list may begin with one: "- # Heading"
		t.headings = append(t.headings, index.Heading{At: at, Anchor: anchor})
		t.inHeading = true
	}
}

// seeAnchor keeps the ID of an element that begins, for the heading that it is in, or that follows at once.
func (t *textWriter) seeAnchor(tag atom.Atom, attrs []html.Attribute) {
	id := ""
	for _, a := range attrs {
		if a.Key == "id" || a.Key == "name" && tag == atom.A && id == "" {
			id = strings.TrimSpace(a.Val)
		}
	}
	if t.skip > 0 || id == "" {
		return
	}
	t.anchor = id
	if last := len(t.headings) - 1; t.inHeading {
		t.headings[last].Anchor = cmp.Or(t.headings[last].Anchor, id)
	}
}

// withAnchors gives the headings that have no anchor of their own the one that generators of sites give them.
func (p page) withAnchors() page {
	anchors := index.Anchors{}
	for i, h := range p.headings {
		line, _, _ := strings.Cut(p.text[h.At:], "\n")
		if h.Anchor == "" {
			p.headings[i].Anchor = anchors.Next(strings.TrimLeft(line, "#"))
		}
	}
	return p
}

// part is a part of a page without white space around it.
func (p page) part(from, to int) page {
	text := p.text[from:to]
	from += len(text) - len(strings.TrimLeftFunc(text, unicode.IsSpace))
	part := page{text: strings.TrimSpace(text), headings: []index.Heading{}}
	for _, h := range p.headings {
		if h.At >= from && h.At < to {
			part.headings = append(part.headings, index.Heading{At: h.At - from, Anchor: h.Anchor})
		}
	}
	return part
}

// then is the text of two pages, one below the other.
func (p page) then(q page) page {
	if p.text == "" || q.text == "" {
		return page{text: p.text + q.text, headings: append(p.headings, q.headings...)}
	}
	const between = "\n\n"
	joined := page{text: p.text + between + q.text, headings: p.headings}
	for _, h := range q.headings {
		joined.headings = append(joined.headings, index.Heading{At: len(p.text) + len(between) + h.At, Anchor: h.Anchor})
	}
	return joined
}
