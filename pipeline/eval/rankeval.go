package eval

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxJSON bounds a file that is one JSON object, in bytes: it is read whole.
const maxJSON = 256 << 20

// A rankEval is a request to Elasticsearch's ranking evaluation API, as far as it is written here.
type rankEval struct {
	Requests []rankRequest  `json:"requests"`
	Metric   map[string]any `json:"metric"`
}

// A rankRequest is a query with its ratings. Either Request holds the search, or a template of the file that Params fill.
type rankRequest struct {
	ID      string            `json:"id"`
	Request json.RawMessage   `json:"request,omitempty"`
	Params  json.RawMessage   `json:"params,omitempty"`
	Ratings []json.RawMessage `json:"ratings"`
}

type rankRating struct {
	Index  string       `json:"_index"`
	ID     string       `json:"_id"`
	Rating *json.Number `json:"rating"` // nil where there is none
}

func readRankEval(r io.Reader, name string) (Judgments, []error, error) {
	g, w := newGatherer(), warnings{name: name}
	data, err := io.ReadAll(io.LimitReader(r, maxJSON+1))
	if err == nil && len(data) > maxJSON {
		err = fmt.Errorf("more than %d MiB: split it", maxJSON>>20)
	}
	if err == nil {
		err = eachRequest(bytes.TrimPrefix(data, []byte("\ufeff")), func(line int, raw []byte) {
			g.request(raw, func(err error) { w.add(line, err) })
		})
	}
	if err != nil {
		err = fmt.Errorf("eval: %s: %w", name, err)
	}
	return g.Judgments, w.all(), err
}

// eachRequest gives the elements of "requests" to use, with the lines on which they end.
func eachRequest(data []byte, use func(line int, raw []byte)) error {
	d := json.NewDecoder(bytes.NewReader(data))
	lineOf := func(offset int64) int { return 1 + bytes.Count(data[:offset], []byte("\n")) }
	failed := func(err error) error {
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			return fmt.Errorf("line %d: %w", lineOf(min(syntax.Offset, int64(len(data)))), err)
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("line %d: %w", lineOf(d.InputOffset()), err)
	}
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return errors.Join(errors.New(`no JSON object with "requests"`), err)
	}
	found := false
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return failed(err)
		}
		if key != "requests" {
			var other json.RawMessage
			if err := d.Decode(&other); err != nil {
				return failed(err)
			}
			continue
		}
		found = true
		if open, err := d.Token(); err != nil || open != json.Delim('[') {
			return errors.Join(errors.New(`"requests" is no list`), err)
		}
		for d.More() {
			var raw json.RawMessage
			if err := d.Decode(&raw); err != nil {
				return failed(err)
			}
			use(lineOf(d.InputOffset()-int64(len(raw))), raw)
		}
		if _, err := d.Token(); err != nil {
			return failed(err)
		}
	}
	if _, err := d.Token(); err != nil {
		return failed(err)
	}
	if !found {
		return errors.New(`no "requests": a ranking evaluation has a list of them, each with id and ratings`)
	}
	return nil
}

// request notes one request, and tells what is wrong with it.
func (g *gatherer) request(raw []byte, warn func(error)) {
	var r rankRequest
	if err := json.Unmarshal(raw, &r); err != nil {
		warn(fmt.Errorf("request: %w", err))
		return
	}
	if r.ID == "" {
		warn(errors.New("a request without an id"))
		return
	}
	if err := g.query(r.ID, textOf(r)); err != nil {
		warn(err)
	}
	for i, rawRating := range r.Ratings {
		var one rankRating
		err := json.Unmarshal(rawRating, &one)
		switch {
		case err != nil:
		case one.ID == "" || one.Rating == nil:
			err = errors.New("want _id and rating")
		default:
			var grade int
			if grade, err = parseGrade(one.Rating.String()); err == nil {
				err = g.judge(r.ID, one.ID, grade)
			}
		}
		if err != nil {
			warn(fmt.Errorf("request %q, rating %d: %w", r.ID, i+1, err))
		}
	}
}

// writeRankEval writes queries as matches of a field "text" in an index "documents": names to be replaced by one's own.
func writeRankEval(w io.Writer, j Judgments) error {
	const field, index = "text", "documents"
	out := rankEval{Requests: []rankRequest{}, Metric: map[string]any{"dcg": map[string]any{"k": 10, "normalize": true}}}
	places := map[string]int{}
	for _, q := range j.all() {
		request, err := plainJSON(map[string]any{"query": map[string]any{"match": map[string]any{field: map[string]any{"query": q.Text}}}})
		if err != nil {
			return err
		}
		places[q.ID] = len(out.Requests)
		out.Requests = append(out.Requests, rankRequest{ID: q.ID, Request: request, Ratings: []json.RawMessage{}})
	}
	err := j.eachJudgment(func(q Query, document string, grade int) error {
		n := json.Number(fmt.Sprint(grade))
		rating, err := plainJSON(rankRating{index, document, &n})
		one := &out.Requests[places[q.ID]]
		one.Ratings = append(one.Ratings, rating)
		return err
	})
	if err != nil {
		return err
	}
	e := newLines(w)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

// plainJSON is v as JSON, with "<" as it is.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	err := newLines(&b).Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}
