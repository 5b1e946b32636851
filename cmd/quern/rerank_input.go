package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/quern-search/quern/index"
)

// maxLine is how many bytes one document may have. It guards memory against a file that is no text.
const maxLine = 16 << 20

// stdinName is standard input in messages.
const stdinName = "standard input"

// openInput opens the file that was named, or takes standard input for "-" and nothing.
func openInput(stdin io.Reader, args []string) (io.ReadCloser, string, error) {
	if len(args) == 0 || args[0] == "-" {
		return io.NopCloser(stdin), stdinName, nil
	}
	f, err := os.Open(args[0])
	if err != nil {
		return nil, "", fmt.Errorf("rerank: %w: name a file, or - for standard input", err)
	}
	return f, args[0], nil
}

// read takes one document a line; blank lines are none.
func (c rerankCommand) read(r io.Reader, name string) ([]string, error) {
	parse := plainLine
	if c.jsonl || strings.EqualFold(filepath.Ext(name), ".jsonl") {
		parse = jsonLine
	}
	var documents []string
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		text, err := parse(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("rerank: %s:%d: %w", name, n, err)
		}
		documents = append(documents, text)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("rerank: %s: after %d documents: %w", name, len(documents), err)
	}
	if len(documents) == 0 {
		return nil, fmt.Errorf("rerank: no documents in %s: give one a line", name)
	}
	return documents, nil
}

func plainLine(line []byte) (string, error) {
	if !utf8.Valid(line) {
		return "", errors.New("not valid UTF-8: convert it first")
	}
	return string(line), nil
}

// jsonLine takes title and text of an object, joined as an index joins them.
func jsonLine(line []byte) (string, error) {
	if _, err := plainLine(line); err != nil {
		return "", err
	}
	var d struct {
		Title string  `json:"title"`
		Text  *string `json:"text"`
	}
	if err := json.Unmarshal(line, &d); err != nil {
		return "", fmt.Errorf("%w: give an object such as {\"text\": \"...\"}", err)
	}
	if d.Text == nil {
		return "", errors.New(`no "text": give an object such as {"text": "..."}`)
	}
	return index.Document{Title: d.Title, Body: *d.Text}.Text(), nil
}
