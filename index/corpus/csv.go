package corpus

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/quern-search/quern/index"
)

// csvBuffer is how much package csv reads at once.
const csvBuffer = 4 << 10

// parseCSV reads a header row, and then a document a record. Spreadsheets set to a language with a decimal comma
// separate by semicolons: where the header row has those and no comma, they are it.
func parseCSV(r io.Reader, fields Fields, found found) bool {
	peek := bufio.NewReaderSize(r, csvBuffer)
	header, _ := peek.Peek(csvBuffer) // its error comes again when reading
	header, _, _ = bytes.Cut(header, []byte("\n"))
	comma := ','
	if bytes.Contains(header, []byte(";")) && !bytes.Contains(header, []byte(",")) {
		comma = ';'
	}
	return parseTable(peek, comma, fields, found)
}

// parseTSV is the same with tabs, quotes included.
func parseTSV(r io.Reader, fields Fields, found found) bool {
	return parseTable(bufio.NewReaderSize(r, csvBuffer), '\t', fields, found)
}

func parseTable(r *bufio.Reader, comma rune, fields Fields, found found) bool {
	t := newTable(r, comma)
	header, line, err := t.next()
	if err == io.EOF {
		return true
	}
	if err == nil {
		header, err = fields.header(header)
	}
	if err != nil {
		return found(line, index.Document{}, err)
	}
	for !t.lost {
		record, line, err := t.next()
		if err == io.EOF {
			return true
		}
		var d index.Document
		if err == nil {
			d, err = fields.row(header, record)
		}
		if !found(line, d, err) {
			return false
		}
	}
	return true
}

// header checks the header row, and spells the columns that make a document as columns() does: people write "ID" or "Id".
func (f Fields) header(row []string) ([]string, error) {
	id, title, text, url := f.columns()
	header, has := make([]string, len(row)), map[string]bool{"": true}
	for i, name := range row {
		header[i] = strings.TrimSpace(name)
		for _, known := range slices.Concat(id, title, text, url) {
			if strings.EqualFold(header[i], known) {
				header[i] = known
			}
		}
		if header[i] != "" && has[header[i]] {
			return nil, fmt.Errorf("two columns %q: rename one", header[i])
		}
		has[header[i]] = true
	}
	for _, want := range [][]string{id, append(title, text...), {f.Title}, {f.Text}, {f.URL}} {
		if !slices.ContainsFunc(want, func(name string) bool { return has[name] }) {
			return nil, fmt.Errorf("no column %s in the header row, which begins %.40q: name the column that stands for it", quoted(want), row[:min(len(row), 8)])
		}
	}
	return header, nil
}

// row makes a document of a record.
func (f Fields) row(header, record []string) (index.Document, error) {
	if len(record) != len(header) {
		return index.Document{}, fmt.Errorf("%d fields, where the header row has %d: put quotes around a text with the separator in it", len(record), len(header))
	}
	keys := map[string]any{}
	for i, name := range header {
		if !utf8.ValidString(record[i]) {
			return index.Document{}, errUTF8
		}
		if name != "" {
			keys[name] = record[i]
		}
	}
	return f.document(keys)
}

// A table gives one record after the other, each of at most maxDocument bytes.
type table struct {
	csv     *csv.Reader
	bounded *boundedReader
	line    int  // that the next record begins at, or an empty one before it
	lost    bool // nobody can tell where a next record would begin
}

func newTable(r *bufio.Reader, comma rune) *table {
	if start, _ := r.Peek(len("\ufeff")); len(withoutBOM(start)) == 0 {
		_, _ = r.Discard(len(start))
	}
	bounded := &boundedReader{r: r, err: errTooBig}
	t := &table{csv: csv.NewReader(bounded), bounded: bounded, line: 1}
	t.csv.Comma = comma
	t.csv.FieldsPerRecord = -1 // row says it better
	return t
}

// next gives a record and its line, or io.EOF.
func (t *table) next() (record []string, line int, err error) {
	t.bounded.left = maxDocument + csvBuffer
	record, err = t.csv.Read()
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong):
		t.line = wrong.Line + 1
		if wrong.Line > wrong.StartLine {
			return nil, wrong.StartLine, fmt.Errorf("a quote is opened here and not closed well until line %d: nothing up to there could be read", wrong.Line)
		}
		return nil, wrong.StartLine, errors.New("a quote within a field, or one that is not closed: write it twice, and put quotes around the field")
	case err != nil:
		t.lost = true
		return nil, t.line, err
	}
	line, _ = t.csv.FieldPos(0)
	end, _ := t.csv.FieldPos(len(record) - 1)
	t.line = end + strings.Count(record[len(record)-1], "\n") + 1
	return record, line, nil
}

// A boundedReader gives err when more is read than is left.
type boundedReader struct {
	r    io.Reader
	left int
	err  error
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, b.err
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
