package web

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/retrieve/query"
)

// An answerView is an answer in the words of the page.
type answerView struct {
	Query       string // without white space around it; may be empty where there is a filter
	Filtered    bool
	Corrections []retrieve.Correction
	Reranked    bool   // whether the order is the model's, at least in part
	Trouble     bool   // whether the status is one to look into
	Status      string // one plain sentence on how the hits came to their order
	Times       []string
	Candidates  int
	Sort        query.Sort
	Pages       pagesView
	Facets      []facetView
	Orders      []linkView
	Hits        []hitView
}

// A hitView is one hit: where it was before the model, where it is now, and both scores, which share no scale.
type hitView struct {
	ID, Title   string
	Link, Trail string        // address, and the same for people
	Section     string        // where in the document the snippet is from; empty: at its top, or in all of it
	Snippet     template.HTML // escaped by the pipeline, but for <mark>
	Rank        int           // place in the answer, 1 is the best
	Before      int           // place in BM25 order
	BM25        string        // empty: there are no words to score by
	Reranked    bool          // the answer's: without it there is no change of place to speak of
	Judged      bool
	Relevance   string  // percent
	Bar         float64 // relevance, 0..100
	Logit       string
}

// Up is by how many places the model moved the hit up; negative: down.
func (h hitView) Up() int { return h.Before - h.Rank }

// Down is -Up.
func (h hitView) Down() int { return -h.Up() }

// viewOf is the answer to r, but for the links to other searches.
func viewOf(a pipeline.Answer, r searchRequest) *answerView {
	v := &answerView{
		Query:       strings.TrimSpace(a.Query),
		Filtered:    len(r.Filter) > 0,
		Corrections: a.Corrections,
		Reranked:    a.Rerank.Judged > 0,
		Trouble:     a.Rerank.Status == pipeline.Failed || a.Rerank.Status == pipeline.Partial || a.Rerank.Fallback != "",
		Times:       times(a),
		Candidates:  a.Stats.Candidates,
	}
	v.Sort, _ = query.ParseSort(r.Sort) // r was searched for, so that it is one
	v.Status = cmp.Or(order(a, v.Sort), sentence(a.Rerank))
	for i, h := range a.Hits {
		hit := viewOfHit(a.Offset+i+1, h)
		hit.Reranked = v.Reranked
		v.Hits = append(v.Hits, hit)
	}
	return v
}

// order tells how hits came to their order that neither BM25 nor a model has made; empty: one of these has.
func order(a pipeline.Answer, s query.Sort) string {
	switch {
	case len(a.Hits) == 0:
		return ""
	case s.Field != "":
		return "Sorted by " + orderText(s)
	case a.Hits[0].BM25.Score == 0: // what has a word of the query has a score
		return "In the order of their IDs, since there are no words to rank by"
	}
	return ""
}

func viewOfHit(rank int, h pipeline.Hit) hitView {
	link := linkOf(h.ID, h.URL)
	if link == documentPath(h.ID) && h.Anchor != "" {
		link += "#" + (&url.URL{Fragment: h.Anchor}).EscapedFragment()
	}
	v := hitView{
		ID: h.ID, Title: h.Title, Link: link, Trail: trail(link), Section: section(h),
		Snippet: template.HTML(h.Snippet), // Hit.Snippet is safe HTML by contract
		Rank:    rank, Before: h.BM25.Rank,
	}
	if h.BM25.Score > 0 {
		v.BM25 = strconv.FormatFloat(h.BM25.Score, 'f', 2, 64)
	}
	if strings.TrimSpace(v.Title) == "" {
		v.Title = h.ID
	}
	if h.Rerank != nil {
		v.Judged = true
		v.Relevance, v.Bar = percent(h.Rerank.Relevance), math.Round(1000*h.Rerank.Relevance)/10
		v.Logit = fmt.Sprintf("%+.2f", h.Rerank.Logit)
	}
	return v
}

// section writes the headings above a passage as the steps to it, without the title, which stands above them already.
func section(h pipeline.Hit) string {
	steps := h.Section
	if len(steps) > 0 && strings.TrimSpace(steps[0]) == strings.TrimSpace(h.Title) {
		steps = steps[1:]
	}
	return strings.Join(steps, " › ")
}

// sentence tells how the hits came to their order.
func sentence(r pipeline.Rerank) string {
	by := fmt.Sprintf("by %s: %d of %d candidates", r.Model, r.Judged, r.Window)
	if r.Fallback != "" {
		by = fmt.Sprintf("by %s, the fallback: %d of %d candidates", r.Model, r.Judged, r.Window)
	}
	if r.TookMS > 0 {
		by += " in " + duration(r.TookMS)
	}
	switch r.Status {
	case pipeline.OK:
		if r.Fallback != "" {
			by += ", in place of " + r.Fallback // "the first model: connection refused"
		}
		return "Reranked " + by
	case pipeline.Partial: // its reason tells of every model
		return fmt.Sprintf("Partly reranked %s, the rest follows in BM25 order: %s", by, r.Reason)
	case pipeline.Failed:
		return fmt.Sprintf("Shown in BM25 order, because reranking failed: %s", r.Reason)
	}
	return fmt.Sprintf("Shown in BM25 order: %s", r.Reason)
}

// times tells where the time went, and how the two scores were weighed.
func times(a pipeline.Answer) []string {
	parts := []string{"BM25 took " + duration(a.Stats.RetrieveMS)}
	if a.Rerank.Judged > 0 {
		parts = append(parts, "the model took "+duration(a.Stats.RerankMS))
		if a.Stats.CacheHits > 0 {
			parts = append(parts, fmt.Sprintf("%d scores were known already", a.Stats.CacheHits))
		}
		if w := a.Rerank.Blend; w < 1 {
			parts = append(parts, fmt.Sprintf("order weighs relevance %s, BM25 %s", percent(w), percent(1-w)))
		}
	}
	return append(parts, duration(a.Stats.TotalMS)+" in all")
}

// duration writes milliseconds with two digits that matter.
func duration(ms float64) string {
	switch {
	case ms < 1:
		return "under 1 ms"
	case ms < 999.5:
		return fmt.Sprintf("%.0f ms", ms)
	case ms < 10_000:
		return fmt.Sprintf("%.1f s", ms/1000)
	}
	return fmt.Sprintf("%.0f s", ms/1000)
}

// percent writes a share in 0..1. What is near 0 or 1 gets a digit more, and neither is claimed where it is not so.
func percent(p float64) string {
	switch {
	case p == 0 || p == 1:
		return fmt.Sprintf("%.0f%%", 100*p)
	case p < 0.001:
		return "<0.1%"
	case p > 0.999:
		return ">99.9%"
	case p < 0.01 || p > 0.99:
		return fmt.Sprintf("%.1f%%", 100*p)
	}
	return fmt.Sprintf("%.0f%%", 100*p)
}

// linkOf is where a hit leads: to its URL if a browser may follow that, else to the page of the stored document.
func linkOf(id, address string) string {
	if u, err := url.Parse(address); err == nil && address != "" && (u.Scheme == "" || u.Scheme == "http" || u.Scheme == "https") {
		return address
	}
	return documentPath(id)
}

// documentPath is the address of a stored document's page. Slashes in the ID stay.
func documentPath(id string) string { return (&url.URL{Path: "/doc/" + id}).EscapedPath() }

// trail writes an address as the steps to it: "example.org › guides › stains".
func trail(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	var steps []string
	for _, step := range append([]string{u.Host}, strings.Split(u.Path, "/")...) {
		if step != "" {
			steps = append(steps, step)
		}
	}
	return strings.Join(steps, " › ")
}
