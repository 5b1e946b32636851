package corpus

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/quern-search/quern/index"
)

// maxDocument is how many bytes a line of JSONL, a record of CSV, or a file that is one document, may have. It guards
// memory against a file that is not what its name says; a longer text should be cut into several documents anyway.
const maxDocument = 16 << 20

// maxParse is how long one document may take to parse. A page of 1 MiB takes a tenth of a second; but the time for
// Markdown of hundreds of thousands of open brackets or quotes grows with the square of its size, to hours.
const maxParse = 30 * time.Second

var errSlow = fmt.Errorf("it takes more than %v to read: look for brackets or quotes nested without end", maxParse)

var (
	errUTF8   = errors.New("not valid UTF-8: convert the file first")
	errName   = errors.New("the file's name, which would be the document's ID, is not valid UTF-8: rename it")
	errTooBig = fmt.Errorf("more than %d MiB: cut the text into several documents", maxDocument>>20)
)

// extensions lists for people what kindOf knows.
const extensions = ".md, .markdown, .html, .htm, .xhtml, .txt, .jsonl, .ndjson, .csv or .tsv, and perhaps .gz, .xz or .zst, or a sitemap.xml"

// A kind says how a file is read: as one document, or as many. Just one of the two is set.
type kind struct {
	one    func(text []byte) (index.Document, error) // what the text itself says: ID, title and URL may be empty
	decode func(text []byte) []byte                  // to UTF-8, before one; nil: it must be that
	many   func(r io.Reader, fields Fields, found found) bool
}

// kindOf finds the kind of a file by its name, compressed or not.
func kindOf(name string) (k kind, ok bool) {
	switch strings.ToLower(path.Ext(unpackedName(name))) {
	case ".md", ".markdown":
		return kind{one: parseMarkdown}, true
	case ".html", ".htm", ".xhtml":
		return kind{one: parseHTML, decode: decodeHTML}, true
	case ".txt":
		return kind{one: parseText}, true
	case ".jsonl", ".ndjson":
		return kind{many: parseJSONL}, true
	case ".csv":
		return kind{many: parseCSV}, true
	case ".tsv":
		return kind{many: parseTSV}, true
	}
	return kind{}, false
}

// file reads one file, of a known kind.
func (w *walk) file(name string) bool {
	found := w.found(name)
	if !utf8.ValidString(name) {
		return found(0, index.Document{}, errName) // package fs would call it not there
	}
	f, err := openUnpacked(w.fsys, name)
	if err != nil {
		return found(0, index.Document{}, err)
	}
	defer f.Close()
	k, _ := kindOf(name)
	if k.many != nil {
		return k.many(f, w.Fields, found)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxDocument+1))
	if err == nil && len(text) > maxDocument {
		err = errTooBig
	}
	if err != nil {
		return found(0, index.Document{}, err)
	}
	if k.decode != nil {
		text = k.decode(text)
	}
	if n := invalidLine(text); n > 0 {
		return found(n, index.Document{}, errUTF8)
	}
	d, err := inTime(func() (index.Document, error) { return k.one(text) })
	line := 1
	if at := (atLine{}); errors.As(err, &at) {
		line, err = at.line, at.error
	}
	return found(line, named(w.listed(d, name), unpackedName(name)), err)
}

// inTime runs a parser, and goes on without it after maxParse. Nothing can stop it then but its own end.
func inTime(parse func() (index.Document, error)) (d index.Document, err error) {
	type parsed struct {
		d   index.Document
		err error
	}
	done := make(chan parsed, 1)
	go func() {
		d, err := parse()
		done <- parsed{d, err}
	}()
	timer := time.NewTimer(maxParse)
	defer timer.Stop()
	select {
	case p := <-done:
		return p.d, p.err
	case <-timer.C:
		return index.Document{}, errSlow
	}
}

// named fills in what a text does not say of itself: the ID is the file's name without extensions, the title its last
// part, the URL the name.
func named(d index.Document, name string) index.Document {
	bare := strings.TrimSuffix(name, path.Ext(name))
	d.ID = cmp.Or(d.ID, bare)
	d.Title = cmp.Or(d.Title, path.Base(bare))
	d.URL = cmp.Or(d.URL, name)
	return d
}

// parseText takes plain text as it is. It has no title that could be told from the rest, and no headings.
func parseText(text []byte) (index.Document, error) {
	body := strings.TrimSpace(strings.ReplaceAll(string(withoutBOM(text)), "\r\n", "\n"))
	return index.Document{Body: body, Headings: []index.Heading{}}, nil
}
