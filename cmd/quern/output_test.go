package main

import (
	"testing"
	"time"
)

func TestProgressLine(t *testing.T) {
	for _, test := range []struct {
		done, total int
		took        time.Duration
		want        string
	}{
		{3000, 0, 2 * time.Second, "3000 documents, 1500 a second"},
		{30, 120, 10 * time.Second, "30 of 120 documents, 30s left"},
		{0, 120, 0, "0 of 120 documents, ? left"},
	} {
		if got := progressLine("documents", test.done, test.total, test.took); got != test.want {
			t.Errorf("%d of %d after %v: %q, want %q", test.done, test.total, test.took, got, test.want)
		}
	}
}

// Text from documents is printed on a terminal, where it must stay text.
func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"two\r\nlines\tand a tab": "two lines and a tab",
		"\x1b[2Jcleared\x07":      "[2Jcleared",
		"日本語\u0085x":              "日本語 x",
		"":                        "",
	} {
		if got := oneLine(text); got != want {
			t.Errorf("oneLine(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestPlainText(t *testing.T) {
	const snippet = "a <mark>red</mark> &lt;b&gt; &amp; more"
	if got, want := plainText(snippet), "a red <b> & more"; got != want {
		t.Errorf("plainText(%q) = %q, want %q", snippet, got, want)
	}
}

func TestShorten(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  string
	}{
		{"short", 10, "short"},
		{"cut after a whole word", 12, "cut after a…"},
		{"ünbröken", 4, "ünbr…"},
	} {
		if got := shorten(test.text, test.width); got != test.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", test.text, test.width, got, test.want)
		}
	}
}
