package index_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/index"
)

// create makes an index that the test closes; path "" is in memory.
func create(t testing.TB, path, lang string) *index.Index {
	t.Helper()
	x, err := index.Create(path, index.Config{Lang: lang})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

// reopen closes an index and opens it again.
func reopen(t testing.TB, x *index.Index, path string) *index.Index {
	t.Helper()
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x, err := index.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

func put(t testing.TB, x *index.Index, docs ...index.Document) {
	t.Helper()
	if err := x.Put(t.Context(), docs...); err != nil {
		t.Fatal(err)
	}
}

func count(t testing.TB, x *index.Index) int {
	t.Helper()
	n, err := x.Count()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// everything is a document with all that JSON can carry.
var everything = index.Document{
	ID:    "ключ/ü 1?#",
	Title: "Zürich – 東京 <b>&amp;</b>",
	Body:  "line one\n\nनमस्ते \u2028 👩\u200d🍳 \x00 \\ \"quoted\"\r\n",
	URL:   "../a b?x=1&y=%20",
	Fields: map[string]any{
		"int": json.Number("9007199254740993"), "float": json.Number("1.50"), "exp": json.Number("1e-7"),
		"yes": true, "none": nil, "empty": "", "städte": []any{"Köln", map[string]any{"n": json.Number("0")}, []any{}},
		"nested": map[string]any{"a": map[string]any{"b": []any{json.Number("-1"), false, nil}}}, "": "empty key",
	},
}

func TestGetGivesBackWhatWasPut(t *testing.T) {
	docs := []index.Document{
		everything,
		{ID: "bare"},
		{ID: "no fields", Fields: nil},
		{ID: "empty fields", Fields: map[string]any{}},
		{ID: "long", Body: strings.Repeat("word ", 200_000)},
	}
	for _, where := range []string{"in memory", "on disk", "on disk, opened again"} {
		t.Run(where, func(t *testing.T) {
			path := ""
			if where != "in memory" {
				path = filepath.Join(t.TempDir(), "index")
			}
			x := create(t, path, "en")
			put(t, x, docs...)
			if strings.HasSuffix(where, "again") {
				x = reopen(t, x, path)
			}
			for _, want := range docs {
				got, err := x.Get(t.Context(), want.ID)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: (-put +got)\n%s", want.ID, diff)
				}
			}
			if n := count(t, x); n != len(docs) {
				t.Errorf("Count() = %d, want %d", n, len(docs))
			}
		})
	}
}

func TestPut(t *testing.T) {
	x := create(t, "", "")
	put(t, x) // nothing: no error
	put(t, x, index.Document{ID: "a", Body: "first"}, index.Document{ID: "b"}, index.Document{ID: "a", Body: "last"})
	if d, _ := x.Get(t.Context(), "a"); d.Body != "last" || count(t, x) != 2 {
		t.Errorf("of two with one ID in a call: got %q of %d, want the last of 2", d.Body, count(t, x))
	}
	put(t, x, index.Document{ID: "a", Body: "replaced"})
	if d, _ := x.Get(t.Context(), "a"); d.Body != "replaced" || count(t, x) != 2 {
		t.Errorf("the same ID put again: got %q of %d, want the new one of 2", d.Body, count(t, x))
	}
	for name, d := range map[string]index.Document{
		"no ID":           {Body: "text"},
		"not UTF-8":       {ID: "c", Body: "caf\xe9"},
		"not JSON":        {ID: "c", Fields: map[string]any{"f": func() {}}},
		"ID is not UTF-8": {ID: "\xff"},
	} {
		if err := x.Put(t.Context(), d); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if n := count(t, x); n != 2 {
		t.Errorf("after refused documents there are %d, want 2", n)
	}
}

func TestPutManyBatchesKeepsTheLastOfAnID(t *testing.T) {
	x := create(t, "", "")
	var docs []index.Document
	for i := range 2500 { // more than two batches, every ID twice
		docs = append(docs, index.Document{ID: fmt.Sprint(i % 1250), Body: fmt.Sprint("round ", i/1250)})
	}
	put(t, x, docs...)
	if n := count(t, x); n != 1250 {
		t.Errorf("Count() = %d, want 1250", n)
	}
	for _, id := range []string{"0", "999", "1249"} {
		if d, _ := x.Get(t.Context(), id); d.Body != "round 1" {
			t.Errorf("%s: got %q, want the last", id, d.Body)
		}
	}
}

// TestManySmallPutsInMemory: each leaves a segment, which must not add up; and merging them must lose nothing.
func TestManySmallPutsInMemory(t *testing.T) {
	x, want := create(t, "", ""), map[string]string{}
	for i := range 300 {
		id, body := fmt.Sprint("d", i%170), fmt.Sprint("body ", i)
		put(t, x, index.Document{ID: id, Body: body})
		want[id] = body
		if i%7 == 3 {
			gone := fmt.Sprint("d", i/2)
			if err := x.Delete(t.Context(), gone); err != nil {
				t.Fatal(err)
			}
			delete(want, gone)
		}
	}
	snap, err := x.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	if n := len(snap.IndexReader.(*scorch.IndexSnapshot).Segments()); n > 40 {
		t.Errorf("%d segments", n)
	}
	if n := count(t, x); n != len(want) || snap.Docs != n {
		t.Errorf("%d documents, %d with text, want %d", n, snap.Docs, len(want))
	}
	for id, body := range want {
		if d, err := x.Get(t.Context(), id); err != nil || d.Body != body {
			t.Errorf("%s: got %q, %v, want %q", id, d.Body, err, body)
		}
	}
}

func TestDelete(t *testing.T) {
	x := create(t, "", "")
	put(t, x, index.Document{ID: "a"}, index.Document{ID: "b"})
	if err := x.Delete(t.Context(), "a", "never there", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Get(t.Context(), "a"); !errors.Is(err, index.ErrNotFound) {
		t.Errorf("a deleted document: %v, want ErrNotFound", err)
	}
	if n := count(t, x); n != 1 {
		t.Errorf("Count() = %d, want 1", n)
	}
}

func TestAnEndedContextChangesNothing(t *testing.T) {
	x := create(t, "", "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, get := x.Get(ctx, "a")
	for what, err := range map[string]error{"Put": x.Put(ctx, index.Document{ID: "a"}), "Delete": x.Delete(ctx, "a"), "Get": get} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", what, err)
		}
	}
	if n := count(t, x); n != 0 {
		t.Errorf("Count() = %d, want 0", n)
	}
}

func TestAfterCloseEverythingIsErrClosed(t *testing.T) {
	x := create(t, "", "")
	put(t, x, index.Document{ID: "a", Body: "text"})
	snap, err := x.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(x.Close(), x.Close()); err != nil {
		t.Fatal(err)
	}
	if d, err := snap.Load("a"); err != nil || d.Body != "text" {
		t.Errorf("a snapshot outlives the index: %v, %v", d, err)
	}
	if err := snap.Close(); err != nil {
		t.Error(err)
	}
	_, get := x.Get(t.Context(), "a")
	_, n := x.Count()
	_, snapshot := x.Snapshot()
	for what, err := range map[string]error{
		"Put": x.Put(t.Context(), index.Document{ID: "b"}), "Delete": x.Delete(t.Context(), "a"), "Get": get, "Count": n,
		"Snapshot": snapshot, "Compact": x.Compact(t.Context()),
	} {
		if !errors.Is(err, index.ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", what, err)
		}
	}
}

func TestReadersAndWritersAtOnce(t *testing.T) {
	x := create(t, filepath.Join(t.TempDir(), "index"), "")
	var work sync.WaitGroup
	for w := range 3 {
		work.Go(func() {
			for i := range 5 {
				if err := x.Put(t.Context(), index.Document{ID: fmt.Sprint(w, i), Body: "garden hose"}); err != nil {
					t.Error(err)
				}
			}
		})
		work.Go(func() {
			for range 20 {
				snap, err := x.Snapshot()
				if err != nil {
					t.Error(err)
					return
				}
				if n, _ := snap.DocCount(); int(n) != snap.Docs || snap.Terms != 2*n {
					t.Errorf("%d documents, but %d lengths of %d terms", n, snap.Docs, snap.Terms)
				}
				snap.Close()
			}
		})
	}
	work.Wait()
	if n := count(t, x); n != 15 {
		t.Errorf("Count() = %d, want 15", n)
	}
}
