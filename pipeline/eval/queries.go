package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A Query is what somebody might search for.
type Query struct {
	ID   string `json:"_id"`
	Text string `json:"text"`
}

// ReadQueries reads queries as BEIR has them: a line each, {"_id": "q1", "text": "..."}; other keys are ignored. Lines
// that are no query, and those whose ID was there before, are left out; a warning tells of each, with name and line.
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

func parseQuery(text []byte) (q Query, err error) {
	if err := json.Unmarshal(text, &q); err != nil {
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
