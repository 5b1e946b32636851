package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// A judgmentLine is one judgment of a file of form JSONL. Without a query ID the text of the query makes one.
type judgmentLine struct {
	QueryID   string      `json:"query_id"`
	Query     string      `json:"query,omitempty"`
	DocID     string      `json:"doc_id"`
	Relevance json.Number `json:"relevance"`
}

func readJSONL(r io.Reader, name string) (Judgments, []error, error) {
	g := newGatherer()
	warnings, err := eachLine(r, name, func(_ int, text []byte) error {
		var l judgmentLine
		if err := json.Unmarshal(text, &l); err != nil {
			return err
		}
		if l.QueryID == "" {
			l.QueryID = g.idOf(l.Query)
		}
		if l.QueryID == "" || l.DocID == "" || l.Relevance == "" {
			return errors.New("want query_id or query, doc_id, and relevance")
		}
		grade, err := parseGrade(l.Relevance.String())
		if err != nil {
			return err
		}
		return errors.Join(g.query(l.QueryID, l.Query), g.judge(l.QueryID, l.DocID, grade))
	})
	return g.Judgments, warnings, err
}

func writeJSONL(w io.Writer, j Judgments) error {
	lines := newLines(w)
	return j.eachJudgment(func(q Query, document string, grade int) error {
		return lines.Encode(judgmentLine{q.ID, q.Text, document, json.Number(fmt.Sprint(grade))})
	})
}

// newLines writes a JSON value a line, for people to read too.
func newLines(w io.Writer) *json.Encoder {
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	return lines
}

// A resultLine is one result of a run of form JSONL.
type resultLine struct {
	QueryID string   `json:"query_id"`
	DocID   string   `json:"doc_id"`
	Rank    int      `json:"rank"`
	Score   *float64 `json:"score"` // nil where there is none
	Tag     string   `json:"tag,omitempty"`
}

// parseResult takes a line of a run apart. As in TREC's form, only the score makes the order.
func parseResult(line []byte) (query string, result Ranked, err error) {
	var l resultLine
	if err := json.Unmarshal(line, &l); err != nil {
		return "", result, err
	}
	if l.QueryID == "" || l.DocID == "" || l.Score == nil {
		return "", result, errors.New("want query_id, doc_id and score")
	}
	return l.QueryID, Ranked{l.DocID, *l.Score}, nil
}

func writeJSONLRun(w io.Writer, run Run, tag string) error {
	lines := newLines(w)
	return run.each(func(query string, rank int, document string, score float32) error {
		narrow := shortest(score)
		return lines.Encode(resultLine{query, document, rank, &narrow, tag})
	})
}

// shortest is the number of 64 bits that prints as score does in 32.
func shortest(score float32) float64 {
	f, err := strconv.ParseFloat(strconv.FormatFloat(float64(score), 'g', -1, 32), 64)
	if err != nil {
		return float64(score) // cannot be: what is printed can be read
	}
	return f
}
