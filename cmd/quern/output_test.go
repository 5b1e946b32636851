package main

import (
	"strings"
	"testing"
	"testing/synctest"
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

func TestBytesLine(t *testing.T) {
	for _, test := range []struct {
		before, done, total int64
		took                time.Duration
		want                string
	}{
		{0, 212e6, 639e6, 2 * time.Second, "212 MB of 639 MB, 106 MB/s, 4s left"},
		{200e6, 212e6, 639e6, 2 * time.Second, "212 MB of 639 MB, 6.0 MB/s, 1m11s left"},
		{212e6, 212e6, 639e6, 0, "212 MB of 639 MB, 0 bytes/s, ? left"},
		{0, 1e6, 0, time.Second, "1.0 MB, 1.0 MB/s"},
	} {
		if got := bytesLine(test.before, test.done, test.total, test.took); got != test.want {
			t.Errorf("%d of %d after %v: %q, want %q", test.done, test.total, test.took, got, test.want)
		}
	}
}

// What is done soon draws nothing; a line is drawn over the one before, and cleared for a warning and at the end.
func TestProgressIsDrawnNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var screen strings.Builder
		p := newProgress(&screen, "documents")
		p.w = &screen // as if it were a terminal
		p.step(1, 0)
		p.end()
		if screen.Len() > 0 {
			t.Errorf("at once: %q", screen.String())
		}
		time.Sleep(2 * time.Second)
		p.step(3000, 0)
		p.step(3001, 0)
		p.end()
		p.end()
		line := "3000 documents, 1500 a second"
		if got, want := screen.String(), "\r"+line+"\r"+strings.Repeat(" ", len(line))+"\r"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestWhereNobodyWatchesThereIsNoProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var file strings.Builder
		p := newProgress(&file, "documents")
		time.Sleep(time.Minute)
		p.step(3000, 0)
		p.end()
		if file.Len() > 0 {
			t.Errorf("got %q", file.String())
		}
	})
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
