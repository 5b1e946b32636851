package index

import (
	"sort"
	"strings"
	"unicode"
)

// smallSection is the part of a window, one of so many, below which a section is joined to the next: a passage of a few
// words has little for a reader to judge, and BM25 overrates it for being short.
const smallSection = 4

// split gives the passages of a document, in order; they cover its Body but for white space and the headings in their
// paths. A document that fits in one window, its headings left out, is one passage as it stands, and so it keeps the text
// that it had.
func (p Passages) split(d Document) []Passage {
	p = p.withDefaults()
	p.Overlap = max(0, min(p.Overlap, p.Tokens/maxOverlap))
	whole := []Passage{{To: len(d.Body)}}
	if p.Tokens < 0 || len(d.Body) <= p.Tokens { // a word has a byte at least
		return whole
	}
	s := splitter{Passages: p, body: d.Body, words: wordsOf(d.Body)}
	if len(s.words) <= p.Tokens {
		return whole
	}
	s.headings = d.headings()
	s.parents = parents(s.headings)
	for _, sp := range s.spans() {
		s.windows(sp)
	}
	if len(s.passages) < 2 { // the headings made it long
		return whole
	}
	return s.passages
}

// A splitter is one document on its way to be passages.
type splitter struct {
	Passages
	body     string
	words    []word
	headings []headingLine
	parents  []int // by heading: the one that it stands under, or none
	passages []Passage
}

const none = -1 // instead of a heading's number

// A span is a section, or several that are joined, on its way to be passages. Headings are given by number.
type span struct {
	from, to int // bytes of Body
	under    int // the heading that its path ends with, or none
	head     int // the heading whose line is the one before, or none
	opens    int // the heading whose line is its own first, or none
}

// parents finds the heading that each stands under: the last one before of a higher level.
func parents(headings []headingLine) []int {
	all := make([]int, len(headings))
	for i, h := range headings {
		parent := i - 1
		for parent != none && headings[parent].level >= h.level {
			parent = all[parent]
		}
		all[i] = parent
	}
	return all
}

// spans cuts the body at its headings, and joins what is too small to stand alone.
func (s *splitter) spans() (all []span) {
	last := s.span(none)
	for i := range s.headings {
		next := s.span(i)
		switch joined, ok := s.join(last, next); {
		case s.blank(last) && s.parents[i] == last.under: // a heading and its first subheading: in the path of what follows
			last = next
		case ok:
			last = joined
		default:
			all = append(all, s.withText(last))
			last = next
		}
	}
	return append(all, s.withText(last))
}

// span is what follows a heading up to the next, or what comes before the first.
func (s *splitter) span(i int) span {
	sp := span{from: 0, to: len(s.body), under: i, head: i, opens: none}
	if i != none {
		sp.from = s.headings[i].end
	}
	if i+1 < len(s.headings) {
		sp.to = s.headings[i+1].at
	}
	return sp
}

// join puts a small section and the next together if that is the next one under the same heading, or its own first
// subsection, and if they fit in a window. What they are under then is what they have in common.
func (s *splitter) join(a, b span) (joined span, ok bool) {
	switch parent := s.parents[b.under]; {
	case parent == a.under:
		joined = span{from: a.from, to: b.to, under: a.under, head: a.head, opens: a.opens}
	case a.head != none && parent == s.parents[a.head]:
		joined = span{from: s.headings[a.head].at, to: b.to, under: parent, head: none, opens: a.head}
	default:
		return span{}, false
	}
	small := s.count(a.from, a.to) < s.Tokens/smallSection
	return joined, small && s.count(joined.from, joined.to) <= s.Tokens
}

func (s *splitter) blank(sp span) bool { return strings.TrimSpace(s.body[sp.from:sp.to]) == "" }

// withText is a span, or its heading where there is nothing else and no path would have it.
func (s *splitter) withText(sp span) span {
	if !s.blank(sp) || sp.head == none {
		return sp
	}
	return span{from: s.headings[sp.head].at, to: sp.to, under: s.parents[sp.head], head: none, opens: sp.head}
}

// wordAt is the number of the first word that begins at a byte or after it.
func (s *splitter) wordAt(at int) int {
	return sort.Search(len(s.words), func(i int) bool { return s.words[i].from >= at })
}

func (s *splitter) count(from, to int) int { return s.wordAt(to) - s.wordAt(from) }

// windows makes passages of a span.
func (s *splitter) windows(sp span) {
	path, anchor := s.path(sp.under)
	if sp.opens != none && s.headings[sp.opens].anchor != "" {
		anchor = s.headings[sp.opens].anchor
	}
	from, end := sp.from, s.wordAt(sp.to)
	for start := s.wordAt(sp.from); end-start > s.Tokens; {
		cut, kind, at := s.cut(start)
		s.add(from, at, path, anchor)
		start, from = s.overlap(start, cut, kind, at)
	}
	s.add(from, sp.to, path, anchor)
}

// cut finds where the window that begins with a word ends: the last of the best places in its second half. It gives the
// next word, how good a place it is, and the byte.
func (s *splitter) cut(start int) (next int, kind gap, at int) {
	kind = within - 1
	for i := start + s.Tokens; i > start+s.Tokens/2 && kind < paragraph; i-- {
		if k, byteAt := s.gap(i); k > kind {
			next, kind, at = i, k, byteAt
		}
	}
	return next, kind, at
}

// overlap finds where the next window begins: with the last sentences of the one before, as many as may be repeated; where
// that was cut within a sentence, with its last words.
func (s *splitter) overlap(start, cut int, kind gap, at int) (next, from int) {
	next, from = cut, at
	best := within - 1
	for i := max(start+1, cut-s.Overlap); i < cut; i++ {
		k, byteAt := s.gap(i)
		if k >= sentence {
			return i, byteAt
		}
		if kind < sentence && k > best {
			next, from, best = i, byteAt, k
		}
	}
	return next, from
}

// gap judges the place before a word, and gives the byte to cut at.
func (s *splitter) gap(i int) (kind gap, at int) {
	before := min(s.words[i-1].to, s.words[i].from)
	kind, at = gapOf(s.body[before:s.words[i].from])
	return kind, before + at
}

// add adds a passage, without the white space around it.
func (s *splitter) add(from, to int, path []string, anchor string) {
	text := s.body[from:to]
	from += len(text) - len(strings.TrimLeftFunc(text, unicode.IsSpace))
	if text = strings.TrimSpace(text); text != "" {
		s.passages = append(s.passages, Passage{From: from, To: from + len(text), Path: path, Anchor: anchor})
	}
}

// path is the text of a heading and of those that it stands under, and the anchor of the innermost that has one.
func (s *splitter) path(i int) (path []string, anchor string) {
	if i == none {
		return nil, ""
	}
	path, anchor = s.path(s.parents[i])
	if own := s.headings[i].anchor; own != "" {
		anchor = own
	}
	return append(path, s.headings[i].text), anchor
}
