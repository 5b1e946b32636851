package index_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/index"
)

// allIDs gives the IDs of an index, and fails if one comes twice.
func allIDs(t *testing.T, x *index.Index) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for id, err := range x.IDs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if all[id] {
			t.Errorf("%q comes twice", id)
		}
		all[id] = true
	}
	return all
}

func TestUpdateWritesWhatDiffers(t *testing.T) {
	number := func(n string) index.Document {
		return index.Document{ID: "n", Fields: map[string]any{"n": json.Number(n), "a": 1, "b": []any{nil, "x"}}}
	}
	tests := []struct {
		name string
		docs []index.Document
		want index.Changes
	}{
		{"nothing", nil, index.Changes{}},
		{"new ones", []index.Document{everything, {ID: "a", Body: "one"}, {ID: "b", Body: "two"}, number("1.50")}, index.Changes{New: 4}},
		{"the same again", []index.Document{everything, {ID: "b", Body: "two"}, {ID: "a", Body: "one"}, number("1.50")}, index.Changes{Unchanged: 4}},
		{"other text", []index.Document{{ID: "a", Body: "eins"}, {ID: "b", Body: "two"}}, index.Changes{Changed: 1, Unchanged: 1}},
		{"the same text, parted in another way", []index.Document{{ID: "a", Title: "eins"}, {ID: "b", Body: "two", URL: "/b"}}, index.Changes{Changed: 2}},
		{"a number written in another way", []index.Document{number("1.5")}, index.Changes{Changed: 1}},
		{"a field less", []index.Document{{ID: "n"}}, index.Changes{Changed: 1}},
		{"one ID twice: the last", []index.Document{{ID: "c", Body: "1"}, {ID: "c", Body: "2"}}, index.Changes{New: 1, Changed: 1}},
		{"one ID twice: back to what it was", []index.Document{{ID: "c", Body: "1"}, {ID: "c", Body: "2"}}, index.Changes{Changed: 2}},
		{"one ID twice: as it was, and new", []index.Document{{ID: "c", Body: "2"}, {ID: "c", Body: "3"}}, index.Changes{Unchanged: 1, Changed: 1}},
	}
	for _, path := range []string{"", filepath.Join(t.TempDir(), "index")} {
		x, want := create(t, path, ""), map[string]index.Document{}
		for _, test := range tests {
			got, err := x.Update(t.Context(), test.docs...)
			if err != nil || got != test.want {
				t.Errorf("%s: got %+v, %v, want %+v", test.name, got, err, test.want)
			}
			for _, d := range test.docs {
				want[d.ID] = d
			}
			ids := map[string]bool{}
			for id, d := range want {
				ids[id] = true
				if id == "n" {
					continue // its number 1 comes back as json.Number
				}
				if got, err := x.Get(t.Context(), id); err != nil || cmp.Diff(d, got) != "" {
					t.Errorf("%s: got %+v, %v, want %+v", test.name, got, err, d)
				}
			}
			if got := allIDs(t, x); !maps.Equal(got, ids) {
				t.Errorf("%s: IDs %v, want %v", test.name, got, ids)
			}
		}
	}
}

// What Update skips leaves no trace: the very segments stay.
func TestUpdateOfTheSameWritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index")
	x := create(t, path, "")
	docs := []index.Document{{ID: "a", Body: "text"}, {ID: "b", Body: "text"}}
	put(t, x, docs...)
	before := files(t, path)
	if c, err := x.Update(t.Context(), docs...); err != nil || c.Unchanged != 2 {
		t.Fatalf("got %+v, %v", c, err)
	}
	if diff := cmp.Diff(before, files(t, path)); diff != "" {
		t.Errorf("files (-before +after)\n%s", diff)
	}
}

func files(t *testing.T, path string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(path, "store", "*.zap"))
	if err != nil || len(found) == 0 {
		t.Fatalf("segments: %v, %v", found, err)
	}
	return found
}

func TestUpdateGoesOnWhereItWasInterrupted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index")
	x := create(t, path, "")
	var docs []index.Document
	for i := range 2500 { // more than two batches
		docs = append(docs, index.Document{ID: fmt.Sprint(i), Body: "text"})
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := x.Update(ctx, docs[:1000]...); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := x.Update(ctx, docs[1000:]...); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	x = reopen(t, x, path)
	got, err := x.Update(t.Context(), docs...)
	if want := (index.Changes{New: 1500, Unchanged: 1000}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestUpdateRefusesWhatPutRefuses(t *testing.T) {
	x := create(t, "", "")
	if c, err := x.Update(t.Context(), index.Document{ID: "a"}, index.Document{Body: "no ID"}); err == nil || c != (index.Changes{}) || count(t, x) != 0 {
		t.Errorf("got %+v, %v, %d documents", c, err, count(t, x))
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Update(t.Context(), index.Document{ID: "a"}); !errors.Is(err, index.ErrClosed) {
		t.Errorf("after Close: %v, want ErrClosed", err)
	}
	for _, err := range x.IDs(t.Context()) {
		if !errors.Is(err, index.ErrClosed) {
			t.Errorf("IDs after Close: %v, want ErrClosed", err)
		}
	}
}

func TestIDs(t *testing.T) {
	x := create(t, "", "")
	put(t, x, index.Document{ID: "a"}, index.Document{ID: "b"}, everything)
	put(t, x, index.Document{ID: "b"}, index.Document{ID: "c"})
	if err := x.Delete(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if got, want := allIDs(t, x), map[string]bool{"b": true, "c": true, everything.ID: true}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	n := 0
	for range x.IDs(t.Context()) {
		n++
		put(t, x, index.Document{ID: "d"}) // it does not reach the sequence
	}
	if n != 3 {
		t.Errorf("%d IDs while the index grew, want 3", n)
	}
	for range x.IDs(t.Context()) {
		break // going on would panic
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range x.IDs(ended) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after the context ended: %v", err)
		}
	}
}
