package corpus

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"unicode/utf8"

	"github.com/quern-search/quern/index"
)

// JSONL reads one document a line, in the layout of BEIR: "_id" (or "id"), "title", "text" (or "body"), "url"; every
// other key goes into Fields. Only the ID must be there. Blank lines are skipped. name stands in the errors.
func JSONL(r io.Reader, name string) iter.Seq2[index.Document, error] {
	return func(yield func(index.Document, error) bool) {
		parseJSONL(r, Fields{}, func(line int, d index.Document, err error) bool {
			if err != nil {
				err = placed(name, line, err)
			}
			return yield(d, err)
		})
	}
}

func parseJSONL(r io.Reader, fields Fields, found found) bool {
	lines := bufio.NewReaderSize(r, 64<<10)
	for n := 1; ; n++ {
		line, err := readLine(lines)
		if err == io.EOF {
			return true
		}
		if err != nil && !errors.Is(err, errTooBig) {
			return found(n, index.Document{}, err) // the disk's error: nothing comes after it
		}
		if n == 1 {
			line = withoutBOM(line)
		}
		if err == nil && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var d index.Document
		if err == nil {
			d, err = parseLine(line, fields)
		}
		if !found(n, d, err) {
			return false
		}
	}
}

// readLine gives the next line, io.EOF after the last, or errTooBig with the whole line read over.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	tooBig := false
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxDocument {
			line, tooBig = nil, true
		}
		if !tooBig {
			line = append(line, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(line) == 0 && !tooBig:
			return nil, io.EOF
		case err != nil && err != io.EOF:
			return nil, err
		case tooBig:
			return nil, errTooBig
		}
		return line, nil
	}
}

func parseLine(line []byte, fields Fields) (index.Document, error) {
	if !utf8.Valid(line) {
		return index.Document{}, errUTF8
	}
	var keys map[string]any
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber() // float64 would round a long identifier
	if err := dec.Decode(&keys); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("the object does not end on its line")
		}
		return index.Document{}, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return index.Document{}, errors.New("more than one value: write one document a line")
	}
	if keys == nil {
		return index.Document{}, errors.New("null is no document")
	}
	return fields.document(keys)
}
