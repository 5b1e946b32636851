package retrieve

import (
	"html"
	"slices"
	"strings"
	"unicode"

	"github.com/quern-search/quern/index"
)

// between stands for the end of a line where the next is an item of a list, or one of both a heading: these would run
// together. Other line ends are spaces.
const between = " · "

// html shows a fragment.
func (v view) html(s span) string {
	shown := markUp(v.text, s, v.matches, v.layout(s))
	if strings.TrimSpace(v.text[:s.from]) != "" {
		shown = "… " + shown
	}
	if strings.TrimSpace(v.text[s.to:]) != "" {
		shown += " …"
	}
	return shown
}

// An edit shows a part of a text as something else.
type edit struct {
	span
	as string
}

// layout replaces the marks of headings and lists.
func (v view) layout(s span) (edits []edit) {
	wasHeading := false
	for at := s.from; at < s.to; {
		if beginsLine(v.text, at) {
			n, isHeading, isItem := v.lineMark(at)
			e := edit{span: span{at, min(at+n, s.to)}}
			if at > s.from && e.to < s.to && (isHeading || wasHeading || isItem) {
				e.as = between
			}
			edits = append(edits, e)
			wasHeading, at = isHeading, e.to
		}
		i := strings.IndexByte(v.text[at:s.to], '\n')
		if i < 0 {
			break
		}
		at += i + 1
	}
	return edits
}

func beginsLine(text string, at int) bool {
	before := strings.TrimRight(text[:at], " \t")
	return before == "" || strings.HasSuffix(before, "\n")
}

// lineMark tells how many bytes of a line come before its text, blank lines before it among them, and what it is.
func (v view) lineMark(at int) (n int, isHeading, isItem bool) {
	line := strings.TrimLeftFunc(v.text[at:], unicode.IsSpace)
	n = len(v.text[at:]) - len(line)
	marks := strings.TrimLeft(line, "#")
	level := len(line) - len(marks)
	if level > 0 && level <= 6 && startsWithSpace(marks) && v.heading(at+n) {
		return n + level, true, false
	}
	bullet := forward(line, 0, 1)
	if strings.Contains("-*+•", line[:bullet]) && startsWithSpace(line[bullet:]) {
		return n + bullet, false, true
	}
	return n, false, false
}

func startsWithSpace(text string) bool { return text != "" && (text[0] == ' ' || text[0] == '\t') }

// headings tells where a passage has headings: where it looks so, unless the document says where they are.
func headings(c Candidate) func(at int) bool {
	known := c.Document.Headings
	return func(at int) bool {
		return known == nil || slices.ContainsFunc(known, func(h index.Heading) bool { return h.At == c.Passage.From+at })
	}
}

// markUp gives a part of a text as HTML on one line. What overlaps is one mark, as the pairs of characters in Chinese do.
func markUp(text string, s span, matches []match, edits []edit) string {
	var b strings.Builder
	at := s.from
	write := func(to int) {
		for ; len(edits) > 0 && edits[0].from < to; edits = edits[1:] {
			b.WriteString(html.EscapeString(text[at:edits[0].from]) + edits[0].as)
			at = edits[0].to
		}
		b.WriteString(html.EscapeString(text[at:to]))
		at = to
	}
	i, _ := slices.BinarySearchFunc(matches, s.from, func(m match, from int) int { return m.start - from })
	for i < len(matches) && matches[i].start < s.to {
		start, end := matches[i].start, matches[i].end
		if i++; end > s.to {
			continue
		}
		for ; i < len(matches) && matches[i].start < end; i++ {
			if matches[i].end <= s.to {
				end = max(end, matches[i].end)
			}
		}
		write(start)
		b.WriteString("<mark>")
		write(end)
		b.WriteString("</mark>")
	}
	write(s.to)
	return strings.Join(strings.Fields(b.String()), " ")
}
