package estimate

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

func Example() {
	const text = "Boil the egg for six minutes."
	fmt.Println(Loose.Tokens(text), Loose.Cut(text, 4))
	fmt.Println(Strict.Tokens(text), Strict.Cut(text, 4))
	// Output:
	// 10 Boil the egg
	// 29 Boil
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		rate  Rate
		text  string
		limit int
		want  string
	}{
		{Loose, "", 0, ""},
		{Loose, "abc", 1, "abc"},
		{Loose, "abcd", 1, "abc"},
		{Strict, "abcd", 3, "abc"},
		{Strict, "日本語", 5, "日"},
		{Strict, "日本語", 6, "日本"},
		{Strict, "abc", 0, ""},
		{Strict, "abc", -7, ""},
		{Loose, "abc", math.MaxInt, "abc"},
	} {
		if got := test.rate.Cut(test.text, test.limit); got != test.want {
			t.Errorf("%d bytes a token: %q cut to %d is %q, want %q", test.rate, test.text, test.limit, got, test.want)
		}
	}
}

// Whatever the text, what is left of it is its beginning, is estimated to fit, and ends in a whole character.
func FuzzCut(f *testing.F) {
	f.Add("日本語", 2)
	f.Add("e\u0301", 1)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if !utf8.ValidString(text) {
			t.Skip("texts are made valid before they are cut")
		}
		for _, r := range []Rate{Loose, Strict} {
			got := r.Cut(text, limit)
			if !strings.HasPrefix(text, got) || !utf8.ValidString(got) || got != "" && r.Tokens(got) > limit {
				t.Errorf("%q cut to %d is %q", text, limit, got)
			}
		}
	})
}
