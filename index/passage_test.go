package index_test

import (
	"fmt"
	"testing"

	"github.com/quern-search/quern/index"
)

func ExampleDocument_PassageText() {
	d := index.Document{Title: "Tea", Body: "## Green\n\nLet boiled water cool.", URL: "/tea"}
	p := index.Passage{From: 10, To: len(d.Body), Path: []string{"Green"}, Anchor: "green"}
	fmt.Println(d.PassageText(p))
	fmt.Println(d.PassageURL(p))
	// Output:
	// Tea
	// Green
	// Let boiled water cool.
	// /tea#green
}

func TestPassageText(t *testing.T) {
	for _, test := range []struct {
		name, title string
		path        []string
		want        string
	}{
		{"the whole body", "T", nil, "T\nbody"},
		{"without a title", "", nil, "body"},
		{"under headings", "T", []string{"A", "B"}, "T\nA > B\nbody"},
		{"under headings that say nothing new", "T", []string{"T", "", "B"}, "T\nB\nbody"},
		{"under the title alone", "T", []string{"T"}, "T\nbody"},
	} {
		d := index.Document{Title: test.title, Body: "body"}
		if got := d.PassageText(index.Passage{To: 4, Path: test.path}); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	for _, d := range []index.Document{{}, {Title: "T"}, {Body: "b\n"}, {Title: "T", Body: " b"}} {
		if got := d.PassageText(index.Passage{To: len(d.Body)}); got != d.Text() {
			t.Errorf("%+v: got %q, want its text", d, got)
		}
	}
}

func TestPassageURL(t *testing.T) {
	for _, test := range []struct{ url, anchor, want string }{
		{"/a", "b", "/a#b"},
		{"https://x.example/a?q=1", "b c/ü%", "https://x.example/a?q=1#b%20c/%C3%BC%25"},
		{"/a", "水", "/a#%E6%B0%B4"},
		{"/a", "", "/a"},
		{"", "b", ""},
		{"/a#own", "b", "/a#own"},
	} {
		if got := (index.Document{URL: test.url}).PassageURL(index.Passage{Anchor: test.anchor}); got != test.want {
			t.Errorf("%+v: got %s", test, got)
		}
	}
}
