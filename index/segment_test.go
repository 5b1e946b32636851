package index_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/index"
)

// snapshotOf is a snapshot that is closed when the test ends.
func snapshotOf(t *testing.T, x *index.Index) *index.Snapshot {
	t.Helper()
	snap, err := x.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { snap.Close() })
	return snap
}

// TestTitlesAreCountedApart: they are part of every text's length, and known for themselves.
func TestTitlesAreCountedApart(t *testing.T) {
	x := create(t, "", "en")
	put(t, x, index.Document{ID: "a", Title: "Red wine", Body: "stains a shirt"}, index.Document{ID: "b", Body: "white shirt"},
		index.Document{ID: "c", Title: "Rotwein", Fields: map[string]any{"lang": "de"}})
	check := func(what, want string) {
		t.Helper()
		var got []string
		snap := snapshotOf(t, x)
		for _, l := range snap.Langs {
			got = append(got, fmt.Sprintf("%s %s: %d of %d", l.Name, l.TitleField, l.TitleTerms, l.Terms))
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: got %v, want %s", what, got, want)
		}
	}
	check("as put", "[de title:de: 1 of 1 en title: 2 of 6]")
	segment := snapshotOf(t, x).Segments[0]
	for doc, length := range segment.Lengths {
		id, _ := segment.DocID(uint32(doc))
		if want := map[string]string{"a": "2 of 4", "b": "0 of 2", "c": "1 of 1"}[id]; fmt.Sprintf("%d of %d", segment.Titles[doc], length) != want {
			t.Errorf("%s: %d of %d, want %s", id, segment.Titles[doc], length, want)
		}
	}
	put(t, x, index.Document{ID: "a", Title: "Wine", Body: "stains"})
	check("replaced", "[de title:de: 1 of 1 en title: 1 of 4]")
}

// TestValues: what a document carries can be asked for by name, whatever its type.
func TestValues(t *testing.T) {
	x := create(t, "", "en")
	type paint struct {
		Colour string `json:"colour"`
	}
	put(t, x,
		index.Document{ID: "a", URL: "/a", Fields: map[string]any{"tags": []any{"red", "blue", "red"}, "price": 12.50, "new": true, "by": map[string]any{"name": " Ann "}}},
		index.Document{ID: "b", Fields: map[string]any{"tags": "red", "tagsx": "no", "price": 7, "url": "mine", "paint": []paint{{"teal"}}, "none": nil, "empty": ""}},
		index.Document{ID: "c", Fields: map[string]any{"tags": strings.Repeat("long", 1000), "odd\x00name": "x", "in": map[string]any{"odd\x00name": "x"}}})
	segment := snapshotOf(t, x).Segments[0]
	for name, want := range map[string]string{
		"tags": "blue: a, red: a b", "price": "12.5: a, 7: b", "new": "true: a", "by.name": "Ann: a", "by": "", "url": "/a: a, mine: b",
		"paint.colour": "teal: b", "none": "", "empty": "", "odd": "", "in.odd": "", "tag": "",
	} {
		var got []string
		for v, err := range segment.Values(name) {
			if err != nil {
				t.Fatal(err)
			}
			ids := make([]string, len(v.Docs))
			for i, doc := range v.Docs {
				ids[i], _ = segment.DocID(doc)
			}
			slices.Sort(ids)
			got = append(got, v.Text+": "+strings.Join(ids, " "))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: got %q, want %q", name, strings.Join(got, ", "), want)
		}
		has, err := snapshotOf(t, x).HasField(name)
		if has != (want != "") || err != nil {
			t.Errorf("HasField(%q): %v, %v", name, has, err)
		}
	}
}

// TestTooManyValues: those whose names come first count, and the URL, whatever order a map has.
func TestTooManyValues(t *testing.T) {
	x := create(t, "", "en")
	fields := map[string]any{}
	for i := range 1500 {
		fields[fmt.Sprintf("f%04d", i)] = "v"
	}
	put(t, x, index.Document{ID: "a", URL: "/a", Fields: fields})
	for name, want := range map[string]bool{"url": true, "f0000": true, "f0998": true, "f0999": false, "f1499": false} {
		if has, err := snapshotOf(t, x).HasField(name); has != want || err != nil {
			t.Errorf("%s: %t, %v", name, has, err)
		}
	}
}

// TestTerms: by prefix and by likeness.
func TestTerms(t *testing.T) {
	x := create(t, "", "standard")
	put(t, x, index.Document{ID: "a", Body: "wine wines winter zeppelin zeppelins zebra ziege ÿa ÿb"})
	segment := snapshotOf(t, x).Segments[0]
	collect := func(all func(func(string, error) bool)) string {
		var terms []string
		all(func(term string, err error) bool {
			if err != nil {
				t.Fatal(err)
			}
			terms = append(terms, term)
			return true
		})
		return strings.Join(terms, " ")
	}
	for prefix, want := range map[string]string{"win": "wine wines winter", "ÿ": "ÿa ÿb", "x": "", "": "wine wines winter zebra zeppelin zeppelins ziege ÿa ÿb"} {
		if got := collect(segment.Terms(index.TextField, prefix)); got != want {
			t.Errorf("prefix %q: got %q, want %q", prefix, got, want)
		}
	}
	for _, test := range []struct {
		term  string
		edits int
		want  string
	}{{"zepelin", 1, "zeppelin"}, {"zepelin", 2, "zeppelin zeppelins"}, {"zerba", 1, "zebra"}, {"ÿc", 1, "ÿa ÿb"}, {"wolf", 1, ""}} {
		near, err := x.Near(test.term, test.edits)
		if err != nil {
			t.Fatal(err)
		}
		if got := collect(segment.TermsNear(index.TextField, near)); got != test.want {
			t.Errorf("%d edits from %q: got %q, want %q", test.edits, test.term, got, test.want)
		}
	}
}

// TestPositions are counted in words, stop words among them, so that a phrase can be told from words apart.
func TestPositions(t *testing.T) {
	x := create(t, "", "en")
	put(t, x, index.Document{ID: "a", Body: "the cat and the hat of cats"}, index.Document{ID: "b", Body: "hat"}, index.Document{ID: "c", Title: "A cat", Body: "is a cat"})
	segment := snapshotOf(t, x).Segments[0]
	positions, err := segment.Positions(index.TextField, "cat")
	if err != nil {
		t.Fatal(err)
	}
	for doc := range uint32(5) { // two more than there are
		got, err := positions.In(doc)
		if err != nil {
			t.Fatal(err)
		}
		id := ""
		if doc < 3 {
			id, _ = segment.DocID(doc)
		}
		if want := map[string]string{"a": "[2 7]", "c": "[2 5]"}[id]; fmt.Sprint(got) != want && !(want == "" && got == nil) {
			t.Errorf("%q: got %v, want %s", id, got, want)
		}
	}
}
