package web

import (
	"cmp"
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/quern-search/quern/pipeline"
)

// maxText bounds a query and an instruction, in characters. It is several times what a model reads (some 4,000
// tokens), and keeps BM25 from looking up words by the hundred thousand.
const maxText = 32_768

// A searchRequest is what a client may say of a search: the form's fields, the parameters of GET /api/search and the
// keys of POST /api/search. Zero means the server's own setting.
type searchRequest struct {
	Q          string  `json:"q"`
	Window     int     `json:"window"`
	TopN       int     `json:"top_n"`
	Instruct   string  `json:"instruct"`
	MinScore   float64 `json:"min_score"`
	Blend      float64 `json:"blend"`
	DeadlineMS int     `json:"deadline_ms"`
	Rerank     string  `json:"rerank"` // "off": BM25 order; "on" or nothing: reranked
}

// parseSearch reads the parameters of a GET request; those it does not know are ignored, empty ones count as absent.
func parseSearch(rawQuery string) (searchRequest, error) {
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return searchRequest{}, invalid("the query string cannot be read: %w: encode %%, & and ; in it", err)
	}
	n := numbers{values: values}
	r := searchRequest{
		Q:          values.Get("q"),
		Window:     n.whole("window"),
		TopN:       n.whole("top_n"),
		Instruct:   values.Get("instruct"),
		MinScore:   n.fraction("min_score"),
		Blend:      n.fraction("blend"),
		DeadlineMS: n.whole("deadline_ms"),
		Rerank:     values.Get("rerank"),
	}
	return r, n.err
}

// numbers reads parameters that are numbers and keeps the first error.
type numbers struct {
	values url.Values
	err    error
}

func (n *numbers) whole(name string) int {
	return number(n, name, "a whole number", strconv.Atoi)
}

func (n *numbers) fraction(name string) float64 {
	return number(n, name, "a number in 0..1", func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })
}

func number[N any](n *numbers, name, kind string, read func(string) (N, error)) N {
	var zero N
	text := strings.TrimSpace(n.values.Get(name))
	if text == "" || n.err != nil {
		return zero
	}
	value, err := read(text)
	if err != nil {
		n.err = invalid("%s is %.40q: give %s", name, text, kind)
		return zero
	}
	return value
}

// query checks what pipeline does not and returns the pipeline's query.
func (r searchRequest) query() (pipeline.Query, error) {
	if strings.TrimSpace(r.Q) == "" {
		return pipeline.Query{}, invalid("q is empty: say what to search for")
	}
	if err := cmp.Or(checkText("q", r.Q), checkText("instruct", r.Instruct)); err != nil {
		return pipeline.Query{}, err
	}
	if r.DeadlineMS < 0 || r.DeadlineMS > int(maxWork.Milliseconds()) {
		return pipeline.Query{}, invalid("deadline_ms is %d: give 1 to %d, or 0 for the default", r.DeadlineMS, maxWork.Milliseconds())
	}
	if r.Rerank != "" && r.Rerank != "on" && r.Rerank != "off" {
		return pipeline.Query{}, invalid("rerank is %.40q: give on or off", r.Rerank)
	}
	return pipeline.Query{
		Text:     r.Q,
		Window:   r.Window,
		TopN:     r.TopN,
		Instruct: r.Instruct,
		MinScore: r.MinScore,
		Blend:    r.Blend,
		Deadline: time.Duration(r.DeadlineMS) * time.Millisecond,
		Off:      r.Rerank == "off",
	}, nil
}

func checkText(name, text string) error {
	if !utf8.ValidString(text) {
		return invalid("%s is not valid UTF-8: encode it as UTF-8", name)
	}
	if n := utf8.RuneCountInString(text); n > maxText {
		return invalid("%s has %d characters: give at most %d", name, n, maxText)
	}
	return nil
}

// search is the one call behind the page and the API.
func (s *Server) search(ctx context.Context, r searchRequest) (pipeline.Answer, error) {
	q, err := r.query()
	if err != nil {
		return pipeline.Answer{}, err
	}
	return s.cfg.Search.Search(ctx, q)
}
