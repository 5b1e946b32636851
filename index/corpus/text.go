package corpus

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/quern-search/quern/index"
)

// plainText takes the text of an HTML page. Paragraphs and other blocks are set apart by an empty line, headings are
// lines of "## Heading", items of a list lines of "- item" or "1. item", rows of a table lines of "cell | cell".
// Preformatted text keeps its lines; elsewhere white space collapses. Links are their text, images their alternative
// text; scripts and styles are left out.
func plainText(r io.Reader) (page, error) {
	z := html.NewTokenizer(r)
	var t textWriter
	for {
		switch z.Next() {
		case html.ErrorToken:
			if errors.Is(z.Err(), io.EOF) {
				return t.page(), nil
			}
			return page{}, z.Err()
		case html.TextToken:
			t.text(string(z.Text())) // the tokenizer has resolved entities
		case html.StartTagToken, html.SelfClosingTagToken:
			t.start(z.Token())
		case html.EndTagToken:
			t.end(z.Token().DataAtom)
		}
	}
}

// A page is the text of an HTML page.
type page struct {
	text           string
	h1Start, h1End int             // where text has the first heading of the first level, its "# " included; equal if there is none
	headings       []index.Heading // not nil
}

// heading is the text of the first heading of the first level, or empty.
func (p page) heading() string { return oneLine(strings.TrimPrefix(p.text[p.h1Start:p.h1End], "#")) }

// page is what was written.
func (t *textWriter) page() page {
	if t.h1Open { // it has no end
		t.h1Start = 0
	}
	return page{t.out.String(), t.h1Start, t.h1End, append([]index.Heading{}, t.headings...)}
}

// A textWriter builds plain text. Breaks are remembered, and written when text follows.
type textWriter struct {
	out    strings.Builder
	breaks int   // newlines due before the next text
	space  bool  // white space is due before the next text
	marker bool  // a list's or heading's mark was just written: no break between it and its text
	lists  []int // open lists, the innermost last: the number of the next item, or -1 for one without numbers
	pre    int   // open pre elements
	skip   int   // open elements whose text is nobody's to read
	cells  int   // cells of the present row so far

	h1Start, h1End int // as in page
	h1Open         bool

	headings  []index.Heading
	inHeading bool   // in the last of them
	anchor    string // the last ID of an element that began since text was written
}

func (t *textWriter) text(s string) {
	if t.skip > 0 {
		return
	}
	s = strings.ReplaceAll(s, "\u00ad", "") // a soft hyphen is no part of a word, and would part it
	if t.pre > 0 {
		if lines := strings.TrimRight(s, "\n"); lines != "" {
			t.write(lines)
			t.breakLine(len(s) - len(lines))
		}
		return
	}
	for i, word := range strings.Fields(s) {
		if i > 0 || s[0] <= ' ' {
			t.space = true
		}
		t.write(word)
	}
	if s != "" && s[len(s)-1] <= ' ' {
		t.space = true
	}
}

// write writes what is due and then s.
func (t *textWriter) write(s string) {
	switch {
	case t.out.Len() == 0 || t.marker:
	case t.breaks > 0:
		t.out.WriteString("\n\n"[:min(t.breaks, 2)])
	case t.space:
		t.out.WriteByte(' ')
	}
	t.breaks, t.space, t.marker, t.anchor = 0, false, false, ""
	t.out.WriteString(s)
}

func (t *textWriter) mark(s string) {
	t.write(s)
	t.marker = true
}

func (t *textWriter) breakLine(n int) { t.breaks = max(t.breaks, n) }

// blockBreak parts blocks: by an empty line, within a list by a new line.
func (t *textWriter) blockBreak() {
	if len(t.lists) > 0 {
		t.breakLine(1)
	} else {
		t.breakLine(2)
	}
}

func (t *textWriter) start(token html.Token) {
	t.seeAnchor(token.DataAtom, token.Attr)
	switch tag := token.DataAtom; tag {
	case atom.Script, atom.Style, atom.Template:
		if token.Type == html.StartTagToken {
			t.skip++
		}
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		t.startHeading(token)
	case atom.Ul, atom.Ol:
		t.blockBreak()
		t.lists = append(t.lists, firstNumber(token))
	case atom.Li:
		t.breakLine(1)
		t.mark(t.itemMark())
	case atom.Pre:
		t.blockBreak()
		t.pre++
	case atom.Br, atom.Dt, atom.Dd:
		t.breakLine(1)
	case atom.Tr:
		t.breakLine(1)
		t.cells = 0
	case atom.Td, atom.Th:
		if t.cells++; t.cells > 1 {
			t.space = true
			t.write("|")
			t.space = true
		}
	case atom.Img:
		for _, a := range token.Attr {
			if a.Key == "alt" {
				t.text(a.Val)
			}
		}
	default:
		if isBlock(tag) {
			t.blockBreak()
		}
	}
}

func (t *textWriter) end(tag atom.Atom) {
	switch tag {
	case atom.Script, atom.Style, atom.Template:
		t.skip = max(t.skip-1, 0)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		t.marker, t.inHeading = false, false
		t.blockBreak()
		if tag == atom.H1 && t.h1Open {
			t.h1End, t.h1Open = t.out.Len(), false
		}
	case atom.Ul, atom.Ol:
		t.lists = t.lists[:max(len(t.lists)-1, 0)]
		t.blockBreak()
	case atom.Li:
		t.marker = false
		t.breakLine(1)
	case atom.Pre:
		t.pre = max(t.pre-1, 0)
		t.blockBreak()
	default:
		if isBlock(tag) {
			t.blockBreak()
		}
	}
}

// firstNumber is what the first item of a list is counted as, -1 for a list without numbers.
func firstNumber(list html.Token) int {
	if list.DataAtom == atom.Ul {
		return -1
	}
	n := 1
	for _, a := range list.Attr {
		if a.Key == "start" {
			fmt.Sscan(a.Val, &n)
		}
	}
	return max(n, 0)
}

func (t *textWriter) itemMark() string {
	if len(t.lists) == 0 || t.lists[len(t.lists)-1] < 0 {
		return "- "
	}
	n := &t.lists[len(t.lists)-1]
	*n++
	return fmt.Sprintf("%d. ", *n-1)
}

func isBlock(tag atom.Atom) bool {
	switch tag {
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Aside, atom.Header, atom.Footer, atom.Main, atom.Nav,
		atom.Blockquote, atom.Table, atom.Hr, atom.Dl, atom.Figure, atom.Figcaption, atom.Details, atom.Summary, atom.Form:
		return true
	}
	return false
}
