package query

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Sort is the order of results: by relevance, or by the values of a field.
type Sort struct {
	Field      string // empty: by relevance, the best first
	Descending bool   // the latest, largest or last first; only with a field
}

// relevance is the name of the order without a field.
const relevance = "relevance"

// ParseSort reads an order: "" or "relevance", or the name of a field, with a minus in front for descending. Whether
// there is such a field is for the caller to say.
func ParseSort(text string) (Sort, error) {
	name, descending := strings.CutPrefix(strings.TrimSpace(text), "-")
	switch {
	case name == "" && descending:
		return Sort{}, fmt.Errorf("query: sort %q: no field after the minus: write -updated for the latest first", text)
	case strings.EqualFold(name, relevance) && descending:
		return Sort{}, fmt.Errorf("query: sort %q: the best come first, and there is no other way round: write relevance", text)
	case name == "" || strings.EqualFold(name, relevance):
		return Sort{}, nil
	case strings.ContainsAny(name, ",:+ \t\r\n") || name[0] == '-':
		return Sort{}, fmt.Errorf("query: sort %q: one field, and no more than a minus in front: write updated, or -updated for the latest first", text)
	}
	return Sort{Field: name, Descending: descending}, nil
}

// IsOrder tells whether text is an order by a field, written as String writes it.
func IsOrder(text string) bool {
	s, err := ParseSort(text)
	return err == nil && s.Field != "" && s.String() == text
}

// String writes the order as [ParseSort] reads it.
func (s Sort) String() string {
	switch {
	case s.Field == "":
		return relevance
	case s.Descending:
		return "-" + s.Field
	}
	return s.Field
}

// Compare is [Compare] in the order's direction. Documents without a value, for which it is empty, come last in both.
func (s Sort) Compare(a, b string) int {
	if s.Descending && a != "" && b != "" {
		return Compare(b, a)
	}
	return Compare(a, b)
}

// Compare orders values of a field in their text form; it is negative if a comes before b, and 0 if they are as good as
// the same. Numbers compare by value, dates by the instant at which they begin, and other text without regard to case,
// then by its bytes.
//
// Values of different kinds have an order too: numbers and dates come before text, and no value at all, the empty text,
// is last. A number among dates is a year, and stands before all dates in it, so that 2023-12-31, 2024, 2024-01-01 and
// 2025 are in order. That is so for every number, since an order must not depend on which values are compared.
func Compare(a, b string) int { return keyOf(a).compare(keyOf(b)) }

// Places sorts values as Compare does, and gives each its place from 0; those that compare equal have the same. It reads
// each value once, and not each time it is compared.
func Places(values []string) map[string]int {
	type keyed struct {
		key
		value string
	}
	sorted := make([]keyed, len(values))
	for i, v := range values {
		sorted[i] = keyed{keyOf(v), v}
	}
	slices.SortFunc(sorted, func(a, b keyed) int { return a.compare(b.key) })
	places, place := make(map[string]int, len(sorted)), 0
	for i, v := range sorted {
		if i > 0 && sorted[i-1].compare(v.key) != 0 {
			place++
		}
		places[v.value] = place
	}
	return places
}

// A key is what a value is sorted by, the first field first.
type key struct {
	class  int       // 0 is a number or a date, 1 text, 2 nothing
	number float64   // of a date its year, in UTC as the time
	time   time.Time // zero, which is before all others, for a number
	text   string
}

func (k key) compare(other key) int {
	return cmp.Or(
		cmp.Compare(k.class, other.class),
		cmp.Compare(k.number, other.number),
		k.time.Compare(other.time),
		compareText(k.text, other.text),
	)
}

func keyOf(value string) key {
	if n, ok := number(value); ok {
		return key{number: n}
	}
	if from, _, ok := span(value); ok {
		return key{number: float64(from.UTC().Year()), time: from}
	}
	if value == "" {
		return key{class: 2}
	}
	return key{class: 1, text: value}
}

// compareText orders texts without regard to case, and those that differ in nothing else by their bytes.
func compareText(a, b string) int {
	return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
}
