package retrieve

import (
	"html"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/quern-search/quern/retrieve/query"
)

const (
	// snippetRunes is about how many characters a snippet has: two to three lines on a results page.
	snippetRunes = 220
	// snippetBytes is how much of a body is looked through. It keeps a page of hits quick when bodies are whole books.
	snippetBytes = 256 << 10
	// wordRunes is how far a cut moves to spare a word. Scripts that write no spaces are cut where the cut falls.
	wordRunes = 20
)

// Snippet shows why d was found: as HTML, the passage of its body that has the most of the query's terms, each
// occurrence in <mark>, cut at words, "…" where text was left out. Text and query are compared as the analyzer leaves
// them, so "boiled" is marked for "boiling". Without a match in the body it is the body's beginning.
func (r *BM25) Snippet(q query.Query, c Candidate) string {
	d, query := c.Document, q.Text()
	body := d.Body
	if c.Passage.To > 0 {
		body = body[c.Passage.From:c.Passage.To]
	}
	if len(body) > snippetBytes {
		body = strings.ToValidUTF8(body[:snippetBytes], "")
	}
	matches := r.matches(query, r.index.LangOf(d), body)
	from, to := passage(body, matches)
	return markUp(body, from, to, matches)
}

// A match is an occurrence of a query term: the bytes [start, end) of a text.
type match struct {
	start, end int
	term       string
}

// matches lists the occurrences of the query's terms in text, which is in lang, in its order.
func (r *BM25) matches(query, lang, text string) []match {
	wanted := map[string]bool{}
	for _, t := range r.tokens(lang, strings.ToValidUTF8(query, " ")) {
		wanted[string(t.Term)] = true
	}
	if len(wanted) == 0 {
		return nil
	}
	var found []match
	for _, token := range r.index.AnalyzerOf(lang).Analyze([]byte(text)) {
		// Analyzers that change the text before they split it may give offsets that do not fit the text as it was.
		fits := token.Start >= 0 && token.Start < token.End && token.End <= len(text) &&
			utf8.RuneStart(text[token.Start]) && (token.End == len(text) || utf8.RuneStart(text[token.End]))
		if fits && wanted[string(token.Term)] {
			found = append(found, match{token.Start, token.End, string(token.Term)})
		}
	}
	slices.SortStableFunc(found, func(a, b match) int { return a.start - b.start })
	return found
}

// passage chooses the bytes [from, to) to show: of all stretches that begin with a match, the first with the most
// distinct terms, widened on both sides to the length of a snippet.
func passage(text string, matches []match) (from, to int) {
	best, first, last := 0, 0, 0 // distinct terms, and where the stretch begins and ends
	for i, m := range matches {
		limit := forward(text, m.start, snippetRunes)
		terms, end := map[string]bool{}, m.end
		for _, n := range matches[i:] {
			if n.end > limit {
				break
			}
			terms[n.term] = true
			end = n.end
		}
		if len(terms) > best {
			best, first, last = len(terms), m.start, end
		}
	}
	spare := snippetRunes - utf8.RuneCountInString(text[first:last])
	from = back(text, first, max(spare, 0)/2)
	to = forward(text, from, snippetRunes)
	if to < last {
		to = last // one very long word
	}
	if to == len(text) {
		from = min(first, back(text, to, snippetRunes))
	}
	return afterSpace(text, from, first), beforeSpace(text, last, to)
}

// forward is the byte n characters after at, or the end of text.
func forward(text string, at, n int) int {
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

// back is the byte n characters before at, or 0.
func back(text string, at, n int) int {
	for ; n > 0 && at > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(text[:at])
		at -= size
	}
	return at
}

// afterSpace moves a cut at from to the beginning of a word, at most to limit.
func afterSpace(text string, from, limit int) int {
	if from == 0 {
		return 0
	}
	reach := text[from:min(limit, forward(text, from, wordRunes))]
	if i := strings.LastIndexFunc(text[:from], unicode.IsSpace); i >= 0 && i == back(text, from, 1) {
		return from
	}
	if i := strings.IndexFunc(reach, unicode.IsSpace); i >= 0 {
		return from + i
	}
	return from
}

// beforeSpace moves a cut at to back to the end of a word, at most to limit.
func beforeSpace(text string, limit, to int) int {
	if to == len(text) || unicode.IsSpace(rune(text[to])) {
		return to
	}
	reach := max(limit, back(text, to, wordRunes))
	if i := strings.LastIndexFunc(text[reach:to], unicode.IsSpace); i >= 0 {
		return reach + i
	}
	return to
}

// markUp gives text[from:to] as HTML on one line.
func markUp(text string, from, to int, matches []match) string {
	var b strings.Builder
	if strings.TrimSpace(text[:from]) != "" {
		b.WriteString("… ")
	}
	write := func(s string) { b.WriteString(html.EscapeString(s)) }
	at := from
	for i := 0; i < len(matches); {
		start, end := matches[i].start, matches[i].end
		for i++; i < len(matches) && matches[i].start < end; i++ { // as the pairs of characters in Chinese overlap
			end = max(end, matches[i].end)
		}
		if start < at || end > to {
			continue
		}
		write(text[at:start])
		b.WriteString("<mark>")
		write(text[start:end])
		b.WriteString("</mark>")
		at = end
	}
	write(text[at:to])
	if strings.TrimSpace(text[to:]) != "" {
		b.WriteString(" …")
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
