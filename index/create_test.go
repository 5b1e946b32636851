package index_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/quern-search/quern/index"
)

// TestCreateGoesOnWhereItWasCutOff: a process that is killed while it makes an index leaves one of these behind.
func TestCreateGoesOnWhereItWasCutOff(t *testing.T) {
	const sign, meta, root = "quern.json.new", "index_meta.json", "store/root.bolt"
	tests := []struct {
		name  string
		files map[string]string
	}{
		{"a sign that it has begun", map[string]string{sign: ""}},
		{"Bleve's file, empty", map[string]string{sign: "", meta: ""}},
		{"Bleve's file", map[string]string{sign: "", meta: `{"storage":"scorch","index_type":"scorch"}`}},
		{"a store without anything", map[string]string{sign: "", meta: "{}", "store/": ""}},
		{"an empty table of contents", map[string]string{sign: "", meta: "{}", root: ""}},
		{"a table of contents cut short", map[string]string{sign: "", meta: "{}", root: "cut"}},
		{"a table of contents without a state", map[string]string{sign: "", meta: "{}", root: "new"}},
		{"all but half of the marker", map[string]string{sign: `{"form`, meta: "{}", root: "whole"}},
		{"all but the marker's name", map[string]string{sign: `{"format": 2, "lang": "de"}`, meta: "{}", root: "whole"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "index")
			for name, text := range test.files {
				leave(t, filepath.Join(path, name), text)
			}
			if _, err := index.Open(path); !errors.Is(err, index.ErrNotExist) || !strings.Contains(err.Error(), "create it again") {
				t.Errorf("opened: %v, want ErrNotExist and what to do", err)
			}
			x := create(t, path, "fr")
			put(t, x, index.Document{ID: "a", Body: "texte"})
			x = reopen(t, x, path)
			if n := count(t, x); n != 1 || x.Lang() != "fr" {
				t.Errorf("%d documents in %s, want 1 in fr", n, x.Lang())
			}
		})
	}
}

// leave makes a file, or a folder, of an index that was never finished.
func leave(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	switch {
	case strings.HasSuffix(path, "store"):
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
	case text == "new", text == "cut":
		db, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		db.Close()
		if text == "cut" {
			err = os.Truncate(path, int64(2*os.Getpagesize()))
		}
		if err != nil {
			t.Fatal(err)
		}
	case text == "whole":
		other := filepath.Join(t.TempDir(), "other")
		create(t, other, "de").Close()
		if err := os.Rename(filepath.Join(other, "store", "root.bolt"), path); err != nil {
			t.Fatal(err)
		}
	default:
		write(t, path, text)
	}
}

// TestTwoCreatesAtOnce: whichever comes first makes the index, and the others are told.
func TestTwoCreatesAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index")
	made := make(chan *index.Index, 4)
	var work sync.WaitGroup
	for range cap(made) {
		work.Go(func() {
			x, err := index.Create(path, index.Config{})
			if err == nil {
				made <- x
			} else if !errors.Is(err, index.ErrExist) && !errors.Is(err, index.ErrLocked) {
				t.Error(err)
			}
		})
	}
	work.Wait()
	if len(made) != 1 {
		t.Fatalf("%d made it", len(made))
	}
	x := <-made
	put(t, x, index.Document{ID: "a", Body: "text"})
	x = reopen(t, x, path)
	if n := count(t, x); n != 1 {
		t.Errorf("%d documents, want 1", n)
	}
}
