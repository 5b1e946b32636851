package pipeline

import (
	"strings"
	"unicode"

	"github.com/quern-search/quern/retrieve"
)

// skip returns why the candidates of q need no judging, or "" where they do:
//
//   - there are no candidates;
//   - they are asked for in the order of a field, or without a word to judge them by;
//   - there is one, so there is no order to change;
//   - q is an exact identifier of the first candidate: its whole ID, or, regardless of case, its whole title where
//     that is a name rather than words (see isName). Whoever types that looks for this one document, and has it. A
//     title in words, "Python" or "Red wine stains", may promise more than its text holds, so the model judges.
//
// With a minimal score the last two do not hold: judging may then leave a hit out.
func (c Config) skip(q Query, found retrieve.Result) string {
	candidates := found.Candidates
	switch {
	case len(candidates) == 0:
		return "no candidates"
	case q.Sort.Field != "":
		return "sorted by " + q.Sort.Field
	case strings.TrimSpace(found.Query.Text()) == "":
		return "there are no words to judge by"
	}
	if c.NoSkip || q.MinScore > 0 {
		return ""
	}
	if len(candidates) == 1 {
		return "one candidate"
	}
	text, first := strings.TrimSpace(q.Text), candidates[0].Document
	if text == first.ID || isName(text) && strings.EqualFold(text, strings.TrimSpace(first.Title)) {
		return "the query is the exact identifier of the first candidate"
	}
	return ""
}

// isName tells part numbers, error codes, versions and paths ("ERR-1234", "v2.1", "net/http") from words: no space,
// and a digit or a sign that joins.
func isName(text string) bool {
	return !strings.ContainsFunc(text, unicode.IsSpace) &&
		strings.ContainsFunc(text, func(r rune) bool { return unicode.IsDigit(r) || strings.ContainsRune("-_./:#", r) })
}
