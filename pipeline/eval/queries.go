package eval

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A Query is what somebody might search for.
type Query struct {
	ID   string `json:"_id"`
	Text string `json:"text"`
}

// ReadQueries reads queries, one a line: as BEIR has them, {"_id": "q1", "text": "..."}, where other keys are ignored, or
// as an ID, a tab and the text, which is how topics of TREC and MS MARCO come. Lines that are no query, and those whose
// ID was there before, are left out; a warning tells of each, with name and line.
func ReadQueries(r io.Reader, name string) (queries []Query, warnings []error, err error) {
	seen := map[string]bool{}
	warnings, err = eachLine(r, name, func(_ int, text []byte) error {
		q, err := parseQuery(text)
		if err != nil {
			return err
		}
		if seen[q.ID] {
			return fmt.Errorf("query %q again: the first one counts", q.ID)
		}
		seen[q.ID] = true
		queries = append(queries, q)
		return nil
	})
	return queries, warnings, err
}

func parseQuery(line []byte) (q Query, err error) {
	id, text, tabbed := strings.Cut(string(line), "\t")
	if tabbed && !bytes.HasPrefix(bytes.TrimSpace(line), []byte("{")) {
		q = Query{strings.TrimSpace(id), strings.TrimSpace(text)}
	} else if err := json.Unmarshal(line, &q); err != nil {
		return q, err
	}
	switch {
	case q.ID == "":
		return q, errors.New("no _id: every query needs a name")
	case q.Text == "":
		return q, fmt.Errorf("query %q has no text", q.ID)
	}
	return q, nil
}

// WriteQueries writes queries as BEIR has them.
func WriteQueries(w io.Writer, queries []Query) error {
	lines := newLines(w)
	for _, q := range queries {
		if err := lines.Encode(q); err != nil {
			return fmt.Errorf("eval: queries: %w", err)
		}
	}
	return nil
}
