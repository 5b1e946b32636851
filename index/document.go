package index

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// A Document is what a corpus is made of and what a search finds.
type Document struct {
	ID     string         // unique in an index; putting the same ID again replaces
	Title  string         // one line; searched together with Body as one field
	Body   string         // plain text or Markdown
	URL    string         // where people read it; may be relative, may be empty
	Fields map[string]any // anything else a corpus carries (JSON values); stored, handed back, not searched; numbers come back as json.Number, digit for digit. "lang" names the document's language: see Index.LangOf

	// Headings are where Body has headings, in order. Nil stands for those of Body read as Markdown; a list without any
	// says that it has none, whatever lines begin with "#". What cannot be one is refused when the document is put.
	Headings []Heading
}

// langField is the field that names a document's language where that is not the index's own: see Index.LangOf.
const langField = "lang"

// Text is what is searched and what a reranker reads: title, newline, body; without the newline where one is empty.
func (d Document) Text() string {
	if d.Title == "" || d.Body == "" {
		return d.Title + d.Body
	}
	return d.Title + "\n" + d.Body
}

// stored is a document's form on disk, but for the ID, which Bleve keeps itself.
type stored struct {
	Title    string         `json:"title"`
	Body     string         `json:"body"`
	URL      string         `json:"url"`
	Fields   map[string]any `json:"fields"`
	Headings []Heading      `json:"headings,omitzero"` // an empty list is kept: it is not nil
}

// encode gives the bytes to store. It refuses what JSON could not hand back as it was.
func (d Document) encode() ([]byte, error) {
	if d.ID == "" {
		return nil, errors.New("a document without an ID: give every document one of its own")
	}
	for _, s := range []string{d.ID, d.Title, d.Body, d.URL} {
		if !utf8.ValidString(s) {
			return nil, fmt.Errorf("document %q is not valid UTF-8: convert it first", d.ID)
		}
	}
	if err := d.checkHeadings(); err != nil {
		return nil, fmt.Errorf("document %q: %w", d.ID, err)
	}
	data, err := json.Marshal(stored{d.Title, d.Body, d.URL, d.Fields, d.Headings})
	if err != nil {
		return nil, fmt.Errorf("document %q: fields: %w", d.ID, err)
	}
	return data, nil
}

// decode is encode's inverse. Numbers stay json.Number: float64 would round a long identifier.
func decode(id string, data []byte) (Document, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var s stored
	if err := dec.Decode(&s); err != nil {
		return Document{}, fmt.Errorf("document %q: %w: %w", id, ErrDamaged, err)
	}
	return Document{ID: id, Title: s.Title, Body: s.Body, URL: s.URL, Fields: s.Fields, Headings: s.Headings}, nil
}
