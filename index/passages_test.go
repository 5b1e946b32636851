package index_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/index"
)

// TestPassagesComeAndGoWithTheirDocument: whatever becomes of a document, the passages in the index are those of its
// present text, and nobody counts or lists them as documents.
func TestPassagesComeAndGoWithTheirDocument(t *testing.T) {
	text := func(n int) string { return strings.Repeat("word ", n) }
	for _, path := range []string{"", filepath.Join(t.TempDir(), "index")} {
		x, err := index.Create(path, index.Config{Lang: "standard", Passages: index.Passages{Tokens: 10, Overlap: -1}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { x.Close() }()
		lengths := map[string]int{} // of the documents that should be there
		check := func(what string) {
			t.Helper()
			checkPassages(t, x, what, lengths, text)
		}
		set := func(lengthOf map[string]int) {
			var docs []index.Document
			for id, n := range lengthOf {
				docs = append(docs, index.Document{ID: id, Body: text(n)})
				lengths[id] = n
			}
			put(t, x, docs...)
		}
		set(map[string]int{"a": 35, "a1": 5, "b": 100, "\u00ff": 21, "empty": 0})
		check("put")
		set(map[string]int{"a": 12, "b": 3, "c": 55})
		check("replaced by shorter ones")
		set(map[string]int{"a": 200, "empty": 11})
		check("replaced by longer ones")
		put(t, x, index.Document{ID: "d", Body: text(90)}, index.Document{ID: "d", Body: text(15)})
		lengths["d"] = 15
		check("twice in one batch, the shorter one last")
		if err := x.Delete(t.Context(), "a", "nothing"); err != nil {
			t.Fatal(err)
		}
		delete(lengths, "a")
		check("deleted")
		if err := x.Delete(t.Context(), "d\xfe1", "b\xfe1", "c\xfe1"); err != nil {
			t.Fatal(err)
		}
		check("deleted by the IDs of passages, which are no documents")
		if _, err := x.Update(t.Context(), index.Document{ID: "b", Body: text(64)}, index.Document{ID: "c", Body: text(55)}); err != nil {
			t.Fatal(err)
		}
		lengths["b"] = 64
		check("updated")
		for i := range 70 { // enough for segments in memory to be merged
			set(map[string]int{fmt.Sprint("m", i): 7 * (i % 5)})
		}
		check("one by one")
		if err := x.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
		check("compacted")
		if path == "" {
			continue
		}
		x = reopen(t, x, path)
		check("opened again")
		set(map[string]int{"b": 44})
		check("changed after that: the size of a passage is the index's")
	}
}

// checkPassages compares an index with the documents that it should have: lengths by ID.
func checkPassages(t *testing.T, x *index.Index, what string, lengths map[string]int, text func(int) string) {
	t.Helper()
	if n, err := x.Count(); n != len(lengths) || err != nil {
		t.Errorf("%s: %d documents, %v; want %d", what, n, err, len(lengths))
	}
	seen := map[string]bool{}
	for id, err := range x.IDs(t.Context()) {
		if err != nil || seen[id] {
			t.Errorf("%s: %q is listed twice, or %v", what, id, err)
		}
		seen[id] = true
		if _, there := lengths[id]; !there {
			t.Errorf("%s: %q is listed", what, id)
		}
	}
	snap := snapshotOf(t, x)
	got := map[string][]string{} // document -> its passages
	for _, s := range snap.Segments {
		for doc := range uint32(len(s.Lengths)) {
			if s.Deleted(doc) {
				continue
			}
			d, err := s.Load(doc)
			if err != nil {
				t.Fatal(err)
			}
			p, whole, err := s.Passage(doc)
			if err != nil {
				t.Fatal(err)
			}
			if whole {
				p.To = len(d.Body)
			}
			got[d.ID] = append(got[d.ID], fmt.Sprintf("%d: %d-%d of %d terms", s.Ordinal(doc), p.From, p.To, s.Lengths[doc]))
		}
	}
	for id, n := range lengths {
		d := index.Document{ID: id, Body: text(n)}
		var want []string
		for i, p := range x.Split(d) {
			want = append(want, fmt.Sprintf("%d: %d-%d of %d terms", i, p.From, p.To, len(strings.Fields(d.Body[p.From:p.To]))))
		}
		slices.Sort(want)
		slices.Sort(got[id])
		if !slices.Equal(got[id], want) {
			t.Errorf("%s: %q has %q, want %q", what, id, got[id], want)
		}
		if stored, err := x.Get(t.Context(), id); err != nil || stored.Body != d.Body {
			t.Errorf("%s: get %q: %v", what, id, err)
		}
	}
	if len(seen) != len(lengths) || len(got) != len(lengths) {
		t.Errorf("%s: %d listed, %d with passages, want %d", what, len(seen), len(got), len(lengths))
	}
	if _, err := x.Get(t.Context(), "b\xfe1"); err == nil {
		t.Errorf("%s: a passage can be had as a document", what)
	}
}
