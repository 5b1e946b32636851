package bpe

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestNormalise(t *testing.T) {
	marks := func(n int) string { return strings.Repeat("\u0323", n) + strings.Repeat("\u0301", n) }
	for _, c := range []struct{ name, in, want string }{
		{"composed stays", "é", "é"},
		{"an accent is joined", "e\u0301", "é"},
		{"marks are sorted by class", "e\u0301\u0323", "ẹ\u0301"},
		{"singletons become what they stand for", "\u212b\u2126", "Å" + "Ω"},
		{"ligatures stay, NFC is not NFKC", "ﬁ", "ﬁ"},
		{"Hangul is put together", "\u1112\u1161\u11ab", "한"},
		{"Devanagari qa is taken apart, it is excluded from composition", "\u0958", "\u0915\u093c"},
		{"a joiner of the text's own stays", "e\u034f\u0301", "e\u034f\u0301"},
		{"forty marks get no joiner between", "e" + marks(20), "ẹ" + strings.Repeat("\u0323", 19) + strings.Repeat("\u0301", 20)},
		{"nor do a hundred in the wrong order", "x\u0301" + marks(50), "x" + strings.Repeat("\u0323", 50) + strings.Repeat("\u0301", 51)},
		{"bytes that begin no character", "a\xff\xfeb", "a\ufffd\ufffdb"},
		{"a character cut short is one", "\xe4\xb8x\xf0\x9f\x92", "\ufffdx\ufffd"},
		{"an overlong one is as many as its bytes", "\xc0\xaf\xf0\x80\x80\x80", strings.Repeat("\ufffd", 6)},
		{"a surrogate, too", "\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
		{"two cut short and one lonely lead", "\xf1\x80\xe1\x80\xc2", "\ufffd\ufffd\ufffd"},
	} {
		if got := Normalise(c.in); got != c.want {
			t.Errorf("%s: %q became %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

// FuzzNormalise holds the definition, which is used for overlong runs of marks, against package norm.
func FuzzNormalise(f *testing.F) {
	for _, seed := range []string{"", "e\u0301\u0323", "\u1100\u1161\u11a8\u11a8", "\u0301e", "\u0958\u2126\u0344", "a\u0315\u0300\u05ae\u0300b", "각\u11a8"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = replaceInvalid(text)
		if !utf8.ValidString(text) {
			t.Fatalf("%q is not UTF-8", text)
		}
		want := norm.NFC.String(text)
		if strings.Count(want, joiner) == strings.Count(text, joiner) && compose(text) != want {
			t.Errorf("%q: got %q, want %q", text, compose(text), want)
		}
		if once := Normalise(text); Normalise(once) != once {
			t.Errorf("%q: not the same when normalised again", text)
		}
	})
}
