package index

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A Heading is a line of a document's Body that is one: one to six "#", a space, and its text.
type Heading struct {
	At     int    `json:"at"`               // byte of Body where the line begins
	Anchor string `json:"anchor,omitempty"` // ID of the element on the page, without "#", not percent-encoded; empty: none
}

// A headingLine is a heading with what its line says.
type headingLine struct {
	at, end int // bytes of Body: the line, with its end
	level   int // 1 to 6
	text    string
	anchor  string
}

// maxHeading is how many bytes a heading's line may have. It stands above every passage of its section; a longer line is
// a paragraph that happens to begin with "#".
const maxHeading = 1000

// checkHeadings tells whether Headings are lines of Body that begin with "#", in order.
func (d Document) checkHeadings() error {
	last := -1
	for _, h := range d.Headings {
		switch {
		case h.At <= last:
			return fmt.Errorf("heading at byte %d after one at %d: put them in order", h.At, last)
		case h.At >= len(d.Body) || d.Body[h.At] != '#' || h.At > 0 && d.Body[h.At-1] != '\n':
			return fmt.Errorf("heading at byte %d: no line of the body begins there with %q", h.At, "#")
		case !utf8.ValidString(h.Anchor):
			return fmt.Errorf("heading at byte %d: its anchor is not valid UTF-8: convert it first", h.At)
		}
		last = h.At
	}
	return nil
}

// headings lists a document's headings. Of Headings that could not be put it takes what it can; a line without text is
// none.
func (d Document) headings() []headingLine {
	if d.Headings == nil {
		return markdownHeadings(d.Body)
	}
	var all []headingLine
	last := -1
	for _, h := range d.Headings {
		if h.At <= last || h.At >= len(d.Body) || h.At > 0 && d.Body[h.At-1] != '\n' {
			continue
		}
		if line, ok := parseHeading(d.Body, h.At); ok {
			line.anchor = h.Anchor
			all = append(all, line)
			last = h.At
		}
	}
	return all
}

// markdownHeadings finds the headings of Markdown: not those underlined, nor comments in code.
func markdownHeadings(body string) (all []headingLine) {
	anchors := Anchors{}
	var fence string // that a block of code ends with; empty: not in one
	at := 0
	for line := range strings.Lines(body) {
		switch marks := fenceOf(line); {
		case fence != "":
			if strings.HasPrefix(marks, fence) && strings.TrimSpace(line) == marks {
				fence = ""
			}
		case marks != "":
			fence = marks
		default:
			if h, ok := parseHeading(body, at); ok {
				h.text, h.anchor = markdownText(h.text)
				if h.anchor == "" {
					h.anchor = anchors.Next(h.text)
				}
				all = append(all, h)
			}
		}
		at += len(line)
	}
	return all
}

// fenceOf gives the three or more marks that a line begins with if a block of code may begin or end there.
func fenceOf(line string) string {
	line = strings.TrimLeft(line, " ")
	for _, mark := range []string{"`", "~"} {
		rest := strings.TrimLeft(line, mark)
		n := len(line) - len(rest)
		if n >= 3 && !(mark == "`" && strings.Contains(rest, mark)) { // "```x```" is code in a line
			return line[:n]
		}
	}
	return ""
}

// parseHeading reads the line at a byte of a body.
func parseHeading(body string, at int) (h headingLine, ok bool) {
	line := body[at:]
	if line == "" || line[0] != '#' {
		return h, false
	}
	end := strings.IndexByte(line[:min(len(line), maxHeading+1)], '\n')
	switch {
	case end >= 0:
		line = line[:end+1]
	case len(line) > maxHeading:
		return h, false
	}
	rest := strings.TrimLeft(line, "#")
	h = headingLine{at: at, end: at + len(line), level: len(line) - len(rest), text: strings.TrimSpace(rest)}
	return h, h.level <= 6 && h.text != "" && (rest[0] == ' ' || rest[0] == '\t')
}

var (
	explicitAnchor = regexp.MustCompile(`^(.*?)\s*\{#([^\s{}]+)\}$`)
	closingMarks   = regexp.MustCompile(`\s+#+$`)
)

// markdownText takes the anchor that a heading names, as in "Text {#anchor}", and the marks that may close it off its text.
func markdownText(text string) (bare, anchor string) {
	bare = text
	if m := explicitAnchor.FindStringSubmatch(text); m != nil {
		bare, anchor = m[1], m[2]
	}
	if open := closingMarks.ReplaceAllString(bare, ""); open != "" {
		bare = open
	}
	return bare, anchor
}
