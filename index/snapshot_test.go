package index_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/quern-search/quern/index"
)

// TestLengthsAreExact: whatever its size, and by whatever way the documents came in.
func TestLengthsAreExact(t *testing.T) {
	if testing.Short() {
		t.Skip("indexes a million words")
	}
	lengths := map[string]int{"empty": 0, "one": 1, "two": 2, "page": 317, "book": 70_001, "library": 1_000_003}
	text := func(n int) string { return strings.Repeat("word ", n) }
	x, err := index.Create(filepath.Join(t.TempDir(), "index"), index.Config{Lang: "standard", Passages: index.Passages{Tokens: -1}})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for id, n := range lengths {
		put(t, x, index.Document{ID: id, Body: "to be replaced"}, index.Document{ID: "gone " + id, Body: text(n % 1000)})
		put(t, x, index.Document{ID: id, Body: text(n)})
		if err := x.Delete(t.Context(), "gone "+id); err != nil {
			t.Fatal(err)
		}
	}
	for _, state := range []string{"as put", "compacted"} {
		if state == "compacted" {
			if err := x.Compact(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		snap, err := x.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		defer snap.Close()
		var terms uint64
		for id, want := range lengths {
			if got := lengthOf(t, snap, id); got != uint32(want) {
				t.Errorf("%s: %s has length %d, want %d", state, id, got, want)
			}
			terms += uint64(want)
		}
		if snap.Docs != len(lengths)-1 || snap.Terms != terms { // the empty one does not count
			t.Errorf("%s: %d documents of %d terms, want %d of %d", state, snap.Docs, snap.Terms, len(lengths)-1, terms)
		}
	}
}

// lengthOf is the length of a live document.
func lengthOf(t *testing.T, snap *index.Snapshot, id string) uint32 {
	t.Helper()
	for _, segment := range snap.Segments {
		for number, length := range segment.Lengths {
			if got, err := segment.DocID(uint32(number)); err != nil {
				t.Fatal(err)
			} else if got == id && !segment.Deleted(uint32(number)) {
				return length
			}
		}
	}
	t.Fatalf("no document %s", id)
	return 0
}

func TestASnapshotStaysAsItWas(t *testing.T) {
	x := create(t, "", "")
	put(t, x, index.Document{ID: "a", Body: "old words here"})
	snap, err := x.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	put(t, x, index.Document{ID: "a", Body: "new"}, index.Document{ID: "b", Body: "another"})
	if d, err := snap.Load("a"); err != nil || d.Body != "old words here" || snap.Docs != 1 {
		t.Errorf("the snapshot has %q, %v, of %d, want the old one of 1", d.Body, err, snap.Docs)
	}
	now, err := x.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer now.Close()
	if now.Docs != 2 || now.Terms != 2 || now.Langs[0].Average() != 1 {
		t.Errorf("the index now has %d documents of %d terms, want 2 of 2", now.Docs, now.Terms)
	}
}

// TestLanguagesAreCountedApart: each has its own documents and lengths, and goes with the last of them.
func TestLanguagesAreCountedApart(t *testing.T) {
	in := func(lang any, id, body string) index.Document {
		return index.Document{ID: id, Body: body, Fields: map[string]any{"lang": lang}}
	}
	for _, path := range []string{"", filepath.Join(t.TempDir(), "index")} {
		x := create(t, path, "de")
		check := func(what, want string) {
			t.Helper()
			snap, err := x.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			defer snap.Close()
			var langs []string
			for _, l := range snap.Langs {
				langs = append(langs, fmt.Sprintf("%s %s %d %d", l.Name, l.Field, l.Docs, l.Terms))
			}
			if got := fmt.Sprint(langs, snap.Docs, snap.Terms); got != want {
				t.Errorf("%s: got %s, want %s", what, got, want)
			}
		}
		put(t, x, in("en", "a", "boiling eggs"), in("EN-us", "b", "eggs"), in("fr", "c", ""), in(7, "d", "drei kleine Eier"))
		put(t, x, in("en", "c", "one more egg"), in("th", "e", "ไข่ต้ม"), in("no such", "f", "Ei"))
		check("as put", "[de text 2 4 en text:en 3 5 th text:th 1 3] 6 12")
		if err := x.Delete(t.Context(), "e", "b"); err != nil {
			t.Fatal(err)
		}
		check("two deleted", "[de text 2 4 en text:en 2 4] 4 8")
		if path != "" {
			x = reopen(t, x, path)
		}
		put(t, x, in("de", "a", "gekochte Eier"))
		check("one in another language now", "[de text 3 6 en text:en 1 2] 4 8")
	}
}

// TestHindiKeepsItsVowelSigns: a tokenizer that dropped combining marks would make one word of many.
func TestHindiKeepsItsVowelSigns(t *testing.T) {
	x := create(t, "", "hi")
	var terms []string
	for _, token := range x.Analyzer().Analyze([]byte("दिन दान दीन")) { // day, gift, poor
		terms = append(terms, string(token.Term))
	}
	if got := fmt.Sprintf("%q", terms); got != `["दिन" "दान" "दिन"]` { // the normalizer makes the long i short
		t.Errorf("got %s", got)
	}
}

// TestCompactTwice: whoever comes second waits for the first.
func TestCompactTwice(t *testing.T) {
	x := create(t, filepath.Join(t.TempDir(), "index"), "en")
	for i := range 5 {
		put(t, x, index.Document{ID: fmt.Sprint(i), Body: "tea"})
	}
	var both sync.WaitGroup
	for range 4 {
		both.Go(func() {
			for range 5 {
				if err := x.Compact(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	both.Wait()
}
