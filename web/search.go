package web

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/retrieve/query"
)

// maxText bounds a query and an instruction, in characters. It is more than 10,000 words, many times what a model reads
// (some 4,000 tokens), and keeps BM25 from looking up words by the hundred thousand.
const maxText = 131_072

// The bounds of what else a search may ask for: each filter and facet is a look at every value of a field.
const (
	maxFilters     = 32
	maxFacets      = 16
	maxFacetValues = 1000
)

// A searchRequest is what a client may say of a search: the form's fields, the parameters of GET /api/search and the
// keys of POST /api/search. Zero means the server's own setting.
type searchRequest struct {
	Q          string  `json:"q"`
	Window     whole   `json:"window"`
	TopN       whole   `json:"top_n"`
	Instruct   string  `json:"instruct"`
	MinScore   float64 `json:"min_score"`
	Blend      float64 `json:"blend"`
	DeadlineMS whole   `json:"deadline_ms"`
	Rerank     string  `json:"rerank"` // "off": BM25 order; "on" or nothing: reranked

	Filter    []string `json:"filter"`     // all must hold: see query.ParseFilter
	Facet     []string `json:"facet"`      // fields whose values are to be counted
	FacetSize whole    `json:"facet_size"` // how many values of each at the most
	Sort      string   `json:"sort"`       // a field, with a minus for falling order; empty: by relevance
	Offset    whole    `json:"offset"`     // how many hits to leave out

	Highlights whole `json:"highlights"` // how many fragments of each hit to show besides its snippet
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
		Filter:     given(values["filter"]),
		Facet:      given(values["facet"]),
		FacetSize:  n.whole("facet_size"),
		Sort:       values.Get("sort"),
		Offset:     n.whole("offset"),
		Highlights: n.whole("highlights"),
	}
	return r, n.err
}

// given leaves empty parameters out.
func given(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return strings.TrimSpace(v) == "" })
}

// numbers reads parameters that are numbers and keeps the first error.
type numbers struct {
	values url.Values
	err    error
}

func (n *numbers) whole(name string) whole {
	return whole(number(n, name, "a whole number", strconv.Atoi))
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
	if strings.TrimSpace(r.Q) == "" && len(r.Filter) == 0 {
		return pipeline.Query{}, invalid("q is empty: say what to search for, or give a filter to see all that it lets through")
	}
	if err := cmp.Or(checkText("q", r.Q), checkText("instruct", r.Instruct)); err != nil {
		return pipeline.Query{}, err
	}
	if r.DeadlineMS < 0 || r.DeadlineMS > whole(maxWork.Milliseconds()) {
		return pipeline.Query{}, invalid("deadline_ms is %d: give 1 to %d, or 0 for the default", r.DeadlineMS, maxWork.Milliseconds())
	}
	if r.Rerank != "" && r.Rerank != "on" && r.Rerank != "off" {
		return pipeline.Query{}, invalid("rerank is %.40q: give on or off", r.Rerank)
	}
	q, err := r.selection()
	if err != nil {
		return pipeline.Query{}, err
	}
	q.Text, q.Window, q.TopN, q.Instruct = r.Q, int(r.Window), int(r.TopN), r.Instruct
	q.MinScore, q.Blend, q.Off = r.MinScore, r.Blend, r.Rerank == "off"
	q.Deadline = time.Duration(r.DeadlineMS) * time.Millisecond
	return q, nil
}

// selection reads which documents a search is about, besides its words.
func (r searchRequest) selection() (q pipeline.Query, err error) {
	switch {
	case len(r.Filter) > maxFilters:
		return q, invalid("filter is given %d times: give it at most %d times", len(r.Filter), maxFilters)
	case len(r.Facet) > maxFacets:
		return q, invalid("facet is given %d times: give it at most %d times", len(r.Facet), maxFacets)
	case r.FacetSize < 0 || r.FacetSize > maxFacetValues:
		return q, invalid("facet_size is %d: give 1 to %d, or 0 for the default", r.FacetSize, maxFacetValues)
	}
	for _, text := range r.Filter {
		if err := checkText("filter", text); err != nil {
			return q, err
		}
		filter, err := query.ParseFilter(text)
		if err != nil {
			return q, invalid("%s", strings.TrimPrefix(err.Error(), "query: "))
		}
		q.Filters = append(q.Filters, filter)
	}
	for _, field := range r.Facet {
		if err := checkText("facet", field); err != nil {
			return q, err
		}
		q.Facets = append(q.Facets, retrieve.Facet{Field: field, Size: int(r.FacetSize)})
	}
	if err := checkText("sort", r.Sort); err != nil {
		return q, err
	}
	if q.Sort, err = query.ParseSort(r.Sort); err != nil {
		return q, invalid("%s", strings.TrimPrefix(err.Error(), "query: "))
	}
	q.Offset, q.Highlights = int(r.Offset), int(r.Highlights)
	return q, nil
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
	a, err := s.cfg.Search.Search(ctx, q)
	charge(ctx, a.Rerank.Tokens)
	return a, err
}
