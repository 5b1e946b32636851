package query_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/retrieve/query"
)

func TestParseSort(t *testing.T) {
	for text, want := range map[string]query.Sort{
		"": {}, " ": {}, "relevance": {}, "Relevance": {},
		"updated": {Field: "updated"}, " -updated ": {Field: "updated", Descending: true}, "last-seen": {Field: "last-seen"},
	} {
		got, err := query.ParseSort(text)
		if err != nil || got != want {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
		if again, err := query.ParseSort(got.String()); err != nil || again != got {
			t.Errorf("%q is written %q, which reads as %+v, %v", text, got, again, err)
		}
	}
	for text, want := range map[string]string{
		"-": "no field after the minus", "-relevance": "the best come first", "updated desc": "one field", "updated:desc": "one field",
		"a,b": "one field", "--a": "one field", "+a": "one field", "- a": "one field",
	} {
		if _, err := query.ParseSort(text); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "query: sort ") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// inOrder has groups of values that are as good as the same, in ascending order.
var inOrder = [][]string{
	{"-5"}, {"0", "-0"}, {"7", "007"}, {"12.5", "12.50"},
	{"2023"}, {"2023-12-31", "2023-12-31T00:00:00Z"}, {"2024"}, {"2024-01", "2024-01-01"}, {"2024-01-01T10:00:00Z", "2024-01-01T12:00:00+02:00"}, {"2024-01-01T11:00"},
	{"2025-01-01T01:00:00+02:00"}, {"2024.5"}, {"2025"}, {"99999"},
	{"2024-13"}, {"Apple"}, {"apple"}, {"Banana"}, {"Éclair"}, {"東京"}, {""},
}

func TestCompare(t *testing.T) {
	for i, these := range inOrder {
		for k, those := range inOrder {
			for _, a := range these {
				for _, b := range those {
					if got := query.Compare(a, b); got != sign(i-k) {
						t.Errorf("%q and %q: %d", a, b, got)
					}
				}
			}
		}
	}
}

// Places are the order of Compare, in which equal values have one place.
func TestPlaces(t *testing.T) {
	values := slices.Concat(slices.Concat(inOrder...), inOrder[3]) // some twice
	rand.Shuffle(len(values), func(i, k int) { values[i], values[k] = values[k], values[i] })
	places := query.Places(values)
	for want, these := range inOrder {
		for _, value := range these {
			if got := places[value]; got != want {
				t.Errorf("%q has place %d, want %d", value, got, want)
			}
		}
	}
}

func sign(n int) int { return min(1, max(-1, n)) }

func TestSortCompare(t *testing.T) {
	values := []string{"", "2024-05-01", "b", "10", "2023", "a", "9"}
	for order, want := range map[query.Sort]string{
		{Field: "x"}:                   `9 10 2023 2024-05-01 a b `,
		{Field: "x", Descending: true}: `b a 2024-05-01 2023 10 9 `,
	} {
		rand.Shuffle(len(values), func(i, k int) { values[i], values[k] = values[k], values[i] })
		slices.SortFunc(values, order.Compare)
		if got := strings.Join(values, " "); got != want {
			t.Errorf("%s: %q, want %q", order, got, want)
		}
	}
}
