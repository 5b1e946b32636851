package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/quern-search/quern/index"
)

// A documentView is the page of one stored document.
type documentView struct {
	frame
	Heading  string
	Source   string // its own address, where that is not this page; may be empty
	Sections []sectionView
	Fields   []fieldView
}

// A sectionView is a heading and the text below it.
type sectionView struct {
	Level      int // of the heading's element, 2 to 6, since the page has an h1; 0: there is no heading
	Heading    string
	Anchor     string // the element's ID; may be empty
	Paragraphs []string
}

type fieldView struct{ Name, Value string }

// document is GET /doc/ID. The ID may have slashes.
func (s *Server) document(c echo.Context) error {
	id := strings.TrimPrefix(c.Request().URL.Path, "/doc/")
	d, err := s.cfg.Documents.Get(c.Request().Context(), id)
	if err != nil {
		return err
	}
	v := documentView{Heading: d.Title, Sections: sections(d)}
	if strings.TrimSpace(d.Title) == "" {
		v.Heading = d.ID
	}
	v.frame = s.frame(v.Heading)
	if link := linkOf(d.ID, d.URL); !samePath(link, id) {
		v.Source = link
	}
	if v.Fields, err = fields(d); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "document", v)
}

// contentID is the one ID that the page itself has: see frame.html.
const contentID = "content"

// samePath tells whether link leads to this very page.
func samePath(link, id string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Host == "" && u.Path == "/doc/"+id
}

// sections lists what there is to read.
func sections(d index.Document) []sectionView {
	var all []sectionView
	taken := map[string]bool{"": true, contentID: true} // an ID may be there once
	for _, s := range d.Outline() {
		v := sectionView{Heading: s.Heading, Paragraphs: paragraphs(s.Text)}
		if s.Level > 0 {
			v.Level = max(s.Level, 2)
		}
		if !taken[s.Anchor] {
			v.Anchor, taken[s.Anchor] = s.Anchor, true
		}
		if v.Level > 0 || len(v.Paragraphs) > 0 {
			all = append(all, v)
		}
	}
	return all
}

// paragraphs splits a text at its blank lines; line breaks within are kept.
func paragraphs(text string) []string {
	var all []string
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for p := range strings.SplitSeq(text, "\n\n") {
		if p = strings.Trim(p, "\n"); strings.TrimSpace(p) != "" {
			all = append(all, p)
		}
	}
	return all
}

// fields lists what else is stored, by name; what is not a string is shown as JSON.
func fields(d index.Document) ([]fieldView, error) {
	var all []fieldView
	for _, name := range slices.Sorted(maps.Keys(d.Fields)) {
		value, ok := d.Fields[name].(string)
		if !ok {
			data, err := marshal(d.Fields[name])
			if err != nil {
				return nil, fmt.Errorf("web: document %q: field %q: %w", d.ID, name, err)
			}
			value = strings.TrimSpace(string(data))
		}
		all = append(all, fieldView{name, value})
	}
	return all, nil
}
