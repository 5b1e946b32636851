package main

import (
	"fmt"
	"html"
	"io"
	"regexp"
	"strings"
	"unicode"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/retrieve"
)

// snippetWidth is how many characters of a snippet are printed: two lines of a common terminal.
const snippetWidth = 150

// writeAnswer prints an answer for people. Every hit is one row of numbers and title, with what else there is below.
func writeAnswer(w io.Writer, a pipeline.Answer, terms map[string][]retrieve.TermScore) error {
	var b strings.Builder
	if len(a.Hits) > 0 {
		fmt.Fprintln(&b, "rank  bm25  relevance   score  title")
	}
	for i, h := range a.Hits {
		relevance := "-"
		if h.Rerank != nil {
			relevance = fmt.Sprintf("%.4f", h.Rerank.Relevance)
		}
		fmt.Fprintf(&b, "%4d  %4d  %9s  %6.4f  %s\n", a.Offset+i+1, h.BM25.Rank, relevance, h.Score, oneLine(titleOf(h)))
		writeBelow(&b, oneLine(strings.Join(h.Section, " > ")))
		writeBelow(&b, oneLine(h.URL))
		writeBelow(&b, shorten(oneLine(plainText(h.Snippet)), snippetWidth))
		for _, t := range terms[h.ID] {
			writeBelow(&b, termLine(t))
		}
	}
	for _, f := range a.Facets {
		fmt.Fprintln(&b, facetLine(f))
	}
	for _, c := range a.Corrections {
		fmt.Fprintf(&b, "nothing has %q: searched for %q\n", oneLine(c.From), oneLine(c.To))
	}
	fmt.Fprintln(&b, statusLine(a))
	_, err := io.WriteString(w, b.String())
	return err
}

// facetLine lists the values of a field with their counts.
func facetLine(f retrieve.FacetCount) string {
	var values []string
	for _, v := range f.Values {
		values = append(values, fmt.Sprintf("%s %d", oneLine(v.Value), v.Count))
	}
	if f.Others > 0 {
		values = append(values, fmt.Sprintf("and %d more", f.Others))
	}
	if len(values) == 0 {
		values = []string{"no value"}
	}
	return oneLine(f.Field) + ": " + strings.Join(values, ", ")
}

// termLine says how a term's share of a BM25 score comes about.
func termLine(t retrieve.TermScore) string {
	line := fmt.Sprintf("%.4f %s: %g in a text of %g terms (average %.1f), in %d of %d texts, idf %.4f",
		t.Score, oneLine(t.Term), t.TF, t.Length, t.AvgLength, t.DF, t.N, t.IDF)
	if t.Weight != 1 {
		line += fmt.Sprintf(", weight of the language %.4f", t.Weight)
	}
	return line
}

func writeBelow(b *strings.Builder, line string) {
	if line != "" {
		fmt.Fprintf(b, "%31s%s\n", "", line)
	}
}

func titleOf(h pipeline.Hit) string {
	if h.Title == "" {
		return h.ID
	}
	return h.Title
}

// statusLine says what became of the reranking.
func statusLine(a pipeline.Answer) string {
	r := a.Rerank
	line := fmt.Sprintf("%d hits of %d, rerank %s", len(a.Hits), a.Total, r.Status)
	if r.Judged > 0 {
		line += fmt.Sprintf(": %s judged %d of %d in %.0f ms, score = %g relevance", r.Model, r.Judged, r.Window, r.TookMS, r.Blend)
		if r.Blend < 1 {
			line += fmt.Sprintf(" + %.3g bm25/best", 1-r.Blend)
		}
	}
	switch {
	case r.Reason != "": // it tells of every model
		line += ": " + oneLine(r.Reason)
	case r.Fallback != "":
		line += ", in place of " + oneLine(r.Fallback)
	}
	return line
}

var tag = regexp.MustCompile(`<[^>]*>`)

// plainText undoes the HTML of a snippet: escaped text with <mark> around matches.
func plainText(snippet string) string { return html.UnescapeString(tag.ReplaceAllString(snippet, "")) }

// oneLine makes text from anywhere safe to print: white space becomes single spaces, and control characters, which
// could command a terminal, are dropped.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}

// shorten cuts a text after width characters, at a space if one is near.
func shorten(s string, width int) string {
	runes := []rune(s)
	if len(runes) <= width {
		return s
	}
	cut := string(runes[:width])
	if at := strings.LastIndexByte(cut, ' '); at > len(cut)*3/4 {
		cut = cut[:at]
	}
	return cut + "…"
}
