package retrieve

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve/query"
)

// pieceBytes is how much of a passage is read at a time, until there is a match. It keeps a page of hits quick where
// documents are not split and whole books are passages.
const pieceBytes = 256 << 10

// Highlights shows why c was found: as HTML, up to n fragments of its passage, the best first: the one whose terms weigh
// most, all of them together, each once. Every occurrence of what q looks for is in <mark>, and "…" stands where text of
// the passage was left out. A fragment has about 220 characters on one line, and overlaps with no other; " · " stands
// for the marks of lists and around headings. Without a match there is none.
//
// The query is Result.Query, or query.Plain of a text. What is marked is exact: text and query are compared as the
// analyzer of the document's language leaves them, so that "boiled" is marked for "boiling". The words of a phrase are
// marked where the phrase stands, those that the title must have in [BM25.Title] alone, excluded words nowhere.
//
// The HTML is safe between tags and in attributes.
func (r *BM25) Highlights(q query.Query, c Candidate, n int) []string {
	v := r.view(q, c)
	var fragments []string
	for _, s := range v.best(n) {
		fragments = append(fragments, v.html(s))
	}
	return fragments
}

// Snippet is the first of [BM25.Highlights]; without a match the beginning of the passage.
func (r *BM25) Snippet(q query.Query, c Candidate) string {
	v := r.view(q, c)
	best := v.best(1)
	if len(best) == 0 {
		best = []span{v.fragment(span{}, span{0, len(v.text)})}
	}
	return v.html(best[0])
}

// Title is c's title as HTML on one line, with matches marked as in [BM25.Highlights].
func (r *BM25) Title(q query.Query, c Candidate) string {
	s, lang, done := r.now(c)
	defer done()
	title, text := c.Document.Title, c.Text()
	tokens := s.tokens(lang.Name, text[:pieceEnd(text, 0)])
	end, _ := slices.BinarySearchFunc(tokens, len(title), func(t *analysis.Token, at int) int { return t.Start - at })
	matches := slices.Concat(s.sought(q, lang, false).in(tokens), s.sought(q, lang, true).in(tokens[:end]))
	slices.SortStableFunc(matches, func(a, b match) int { return a.start - b.start })
	return markUp(title, span{0, len(title)}, matches, nil)
}

// now is a search without a request: the index as it is, and the language of a candidate in it. An index that cannot be
// read is taken for an empty one, since a text can be shown all the same.
func (r *BM25) now(c Candidate) (s *search, lang index.Lang, done func() error) {
	lang.Name = r.index.LangOf(c.Document)
	snap, err := r.index.Snapshot()
	if err != nil {
		return &search{BM25: r, snap: &index.Snapshot{}}, lang, func() error { return nil }
	}
	if i := slices.IndexFunc(snap.Langs, func(l index.Lang) bool { return l.Name == lang.Name }); i >= 0 {
		lang = snap.Langs[i]
	}
	return &search{BM25: r, snap: snap}, lang, snap.Close
}

// A view is a passage with what a query finds in it.
type view struct {
	text    string
	part    span           // of text: what was read; no fragment crosses its ends
	matches []match        // in part, in order
	weights map[string]int // of each term in matches
	heading func(at int) bool
}

// view reads the candidate's text as the index has read it, with title and headings above, so that positions are the
// same: a phrase may begin there.
func (r *BM25) view(q query.Query, c Candidate) view {
	s, lang, done := r.now(c)
	defer done()
	v := view{text: c.body(), heading: headings(c)}
	text, wanted := c.Text(), s.sought(q, lang, false)
	body := len(text) - len(v.text)
	for start, end := 0, 0; end < len(text) && len(v.matches) == 0; start = end {
		end = pieceEnd(text, start)
		v.part = span{max(start-body, 0), max(end-body, 0)}
		for _, m := range wanted.in(s.tokens(lang.Name, text[start:end])) {
			if m.start += start - body; m.start >= 0 {
				m.end += start - body
				v.matches = append(v.matches, m)
			}
		}
	}
	v.weights = s.weights(lang, v.matches)
	return v
}

// pieceEnd is where the piece ends that begins at a byte: at white space if there is any.
func pieceEnd(text string, start int) int {
	if len(text)-start <= pieceBytes {
		return len(text)
	}
	end := start + pieceBytes
	if i := strings.LastIndexFunc(text[start+pieceBytes/2:end], unicode.IsSpace); i >= 0 {
		return start + pieceBytes/2 + i
	}
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return clusterStart(text, end)
}
