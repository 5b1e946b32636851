package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/quern-search/quern/index"
)

// The bounds of one request to put documents. Those of a list keep it within one batch of the index, so that all of it
// is put or nothing: a batch has 1,000 documents and 16 MiB, and a byte of text may be stored as six ("<" as "\u003c").
const (
	maxPutDocuments = 1000
	maxPutList      = 2 << 20  // bytes, of a list of several
	maxPutBody      = 16 << 20 // bytes, of a document that comes alone: what a document of a corpus may have
	maxID           = 1024     // bytes: it is part of addresses, which proxies cut at some 8,000, three for a byte
)

// A Writer changes what is searched; *index.Index is one. When a method returns nil, every later search sees it.
type Writer interface {
	// Put adds documents, or replaces those of the same ID; of two with one ID the later wins. What fits in one batch of
	// the index (see package index) is put as a whole or not at all.
	Put(ctx context.Context, docs ...index.Document) error
	// Delete removes documents; an ID that is not there is no error.
	Delete(ctx context.Context, ids ...string) error
}

// A documentJSON is a document as the API takes it and gives it back.
type documentJSON struct {
	ID     string         `json:"id"`
	Title  string         `json:"title"`
	Text   string         `json:"text"`
	URL    string         `json:"url"`
	Fields map[string]any `json:"fields,omitempty"`
}

// documentsPut is PUT or POST /api/documents: one document, or a list. Its answer comes when searches see them all.
func (s *Server) documentsPut(c echo.Context) error {
	body, err := readBody(c, maxPutBody)
	if err != nil {
		return err
	}
	docs, err := decodeDocuments(body)
	if err != nil {
		return err
	}
	if err := s.cfg.Writer.Put(c.Request().Context(), docs...); err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, struct {
		Indexed int `json:"indexed"` // documents, new or replaced
	}{countIDs(docs)})
}

// documentGet is GET /api/documents/ID: the document as it was put.
func (s *Server) documentGet(c echo.Context) error {
	d, err := s.cfg.Documents.Get(c.Request().Context(), documentID(c))
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, documentJSON{d.ID, d.Title, d.Body, d.URL, d.Fields})
}

// documentDelete is DELETE /api/documents/ID. Of two such requests at once both may hear that they deleted it.
func (s *Server) documentDelete(c echo.Context) error {
	ctx, id := c.Request().Context(), documentID(c)
	if _, err := s.cfg.Documents.Get(ctx, id); err != nil {
		return err
	}
	if err := s.cfg.Writer.Delete(ctx, id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// documentID is what follows /api/documents/, unescaped: slashes in it may be escaped or not.
func documentID(c echo.Context) string {
	return strings.TrimPrefix(c.Request().URL.Path, "/api/documents/")
}

func countIDs(docs []index.Document) int {
	ids := map[string]bool{}
	for _, d := range docs {
		ids[d.ID] = true
	}
	return len(ids)
}

// decodeDocuments reads a body: an object is one document, a list has 1 to maxPutDocuments of them.
func decodeDocuments(body []byte) ([]index.Document, error) {
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")) {
		var one json.RawMessage
		if err := parseJSON(body, &one); err != nil {
			return nil, err
		}
		d, err := decodeDocument("the document", one)
		return []index.Document{d}, err
	}
	var list []json.RawMessage
	if err := parseJSON(body, &list); err != nil {
		return nil, err
	}
	switch n := len(list); {
	case n == 0:
		return nil, invalid("the list is empty: give 1 to %d documents", maxPutDocuments)
	case n > maxPutDocuments:
		return nil, invalid("the list has %d documents: give at most %d in one request", n, maxPutDocuments)
	case n > 1 && len(body) > maxPutList:
		return nil, fmt.Errorf("%w: the list has more than %d bytes: send it in several requests", errTooLarge, maxPutList)
	}
	docs := make([]index.Document, len(list))
	for i, one := range list {
		d, err := decodeDocument(fmt.Sprintf("documents[%d]", i), one)
		if err != nil {
			return nil, err
		}
		docs[i] = d
	}
	return docs, nil
}

// decodeDocument reads one document, called name in errors. Unlike a search, it refuses keys that it does not know: what
// they hold would be lost. Numbers stay json.Number: float64 would round a long identifier.
func decodeDocument(name string, data []byte) (index.Document, error) {
	var d documentJSON
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	err := dec.Decode(&d)
	if d.ID != "" {
		name = fmt.Sprintf("%s (id %.60q)", name, d.ID)
	}
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mismatch) && mismatch.Field == "":
		return index.Document{}, invalid("%s is a JSON %s: give an object", name, mismatch.Value)
	case errors.As(err, &mismatch):
		return index.Document{}, invalid("%s: %s is a JSON %s: give %s", name, mismatch.Field, mismatch.Value, want(mismatch.Type.Kind()))
	case err != nil:
		return index.Document{}, invalid("%s: %s: the keys are id, title, text, url and fields, an object for all else", name, strings.TrimPrefix(err.Error(), "json: "))
	case d.ID == "":
		return index.Document{}, invalid("%s has no id: give every document one of its own", name)
	case len(d.ID) > maxID:
		return index.Document{}, invalid("%s: the id has %d bytes: give at most %d", name, len(d.ID), maxID)
	}
	return index.Document{ID: d.ID, Title: d.Title, Body: d.Text, URL: d.URL, Fields: d.Fields}, nil
}
