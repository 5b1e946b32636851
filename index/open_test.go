package index_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"

	"github.com/quern-search/quern/index"
)

// newIndex makes an index of two segments and a deletion on disk, closed.
func newIndex(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "index")
	x := create(t, path, "de")
	put(t, x, index.Document{ID: "a", Body: "Häuser und Bäume"}, index.Document{ID: "b", Body: "ein Haus"})
	put(t, x, index.Document{ID: "c", Body: "viele Häuser"})
	if err := errors.Join(x.Delete(t.Context(), "b"), x.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpenKeepsTheLanguage(t *testing.T) {
	x, err := index.Open(newIndex(t))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if x.Lang() != "de" || count(t, x) != 2 {
		t.Errorf("got %s, %d documents, want de, 2", x.Lang(), count(t, x))
	}
}

func TestOpenTellsWhatIsWrong(t *testing.T) {
	store := func(path, name string) string { return filepath.Join(path, "store", name) }
	tests := []struct {
		name  string
		path  func(t *testing.T) string
		want  error
		hints string
	}{
		{"nothing there", func(t *testing.T) string { return filepath.Join(t.TempDir(), "x") }, index.ErrNotExist, "create it first"},
		{"an empty folder", func(t *testing.T) string { return t.TempDir() }, index.ErrNotExist, "empty"},
		{"no path", func(t *testing.T) string { return "" }, index.ErrNotExist, "path"},
		{"a file", func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "x")
			write(t, path, "text")
			return path
		}, index.ErrForeign, "file"},
		{"a folder of other things", func(t *testing.T) string {
			path := t.TempDir()
			write(t, filepath.Join(path, "notes.md"), "text")
			return path
		}, index.ErrForeign, "name another folder"},
		{"another program's Bleve index", func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "x")
			b, err := bleve.New(path, bleve.NewIndexMapping())
			if err != nil {
				t.Fatal(err)
			}
			b.Close()
			return path
		}, index.ErrForeign, "Bleve"},
		{"a newer format", func(t *testing.T) string {
			path := newIndex(t)
			write(t, filepath.Join(path, "quern.json"), `{"format": 99, "lang": "de"}`)
			return path
		}, index.ErrVersion, "build the index again"},
		{"an older format", func(t *testing.T) string {
			path := newIndex(t)
			write(t, filepath.Join(path, "quern.json"), `{"format": 1, "lang": "de"}`)
			return path
		}, index.ErrVersion, "it has format 1"},
		{"a language of a later program", func(t *testing.T) string {
			path := newIndex(t)
			write(t, filepath.Join(path, "quern.json"), `{"format": 3, "lang": "tlh"}`)
			return path
		}, index.ErrVersion, "tlh"},
		{"a marker cut short", func(t *testing.T) string {
			path := newIndex(t)
			write(t, filepath.Join(path, "quern.json"), `{"form`)
			return path
		}, index.ErrDamaged, "quern.json"},
		{"no store", func(t *testing.T) string {
			path := newIndex(t)
			os.RemoveAll(store(path, ""))
			return path
		}, index.ErrDamaged, "root.bolt"},
		{"an empty table of contents", func(t *testing.T) string {
			path := newIndex(t)
			write(t, store(path, "root.bolt"), "")
			return path
		}, index.ErrDamaged, "root.bolt"},
		{"garbage for a table of contents", func(t *testing.T) string {
			path := newIndex(t)
			write(t, store(path, "root.bolt"), strings.Repeat("garbage ", 10_000))
			return path
		}, index.ErrDamaged, "build the index again"},
		{"Bleve's own file gone", func(t *testing.T) string {
			path := newIndex(t)
			os.Remove(filepath.Join(path, "index_meta.json"))
			return path
		}, index.ErrDamaged, "build the index again"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x, err := index.Open(test.path(t))
			if err == nil {
				x.Close()
			}
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.hints) {
				t.Errorf("got %v,\nwant %v and a word of %q", err, test.want, test.hints)
			}
		})
	}
}

// TestOpenNeverTrustsABrokenFile cuts and overwrites every file of an index in many places. Open must either say that
// it is damaged, or give the whole index where the change does not matter.
func TestOpenNeverTrustsABrokenFile(t *testing.T) {
	whole := newIndex(t)
	random := rand.New(rand.NewPCG(1, 2))
	var files []string
	for _, pattern := range []string{"*.json", "store/*"} {
		found, _ := filepath.Glob(filepath.Join(whole, pattern))
		files = append(files, found...)
	}
	if len(files) < 4 { // two of JSON, the table of contents, a segment or more
		t.Fatalf("an index has only the files %q", files)
	}
	refused := map[string]int{} // by extension
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(whole, file)
		for range 25 {
			broken := slices.Clone(data)
			at := random.IntN(len(broken))
			change := "cut"
			if random.IntN(2) == 0 {
				broken = broken[:at]
			} else {
				change = "overwritten"
				for i := at; i < min(at+1+random.IntN(300), len(broken)); i++ {
					broken[i] = byte(random.Uint32())
				}
			}
			path := filepath.Join(t.TempDir(), "index")
			if err := os.CopyFS(path, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(path, name), string(broken))
			x, err := index.Open(path)
			if err != nil {
				refused[filepath.Ext(name)]++
				if !errors.Is(err, index.ErrDamaged) && !errors.Is(err, index.ErrVersion) {
					t.Errorf("%s %s at %d: %v", name, change, at, err)
				}
				continue
			}
			_, errA := x.Get(t.Context(), "a")
			_, errC := x.Get(t.Context(), "c")
			if n := count(t, x); n != 2 || errA != nil || errC != nil {
				t.Errorf("%s %s at %d: opened with %d documents, want 2: %v, %v", name, change, at, n, errA, errC)
			}
			x.Close()
		}
	}
	// A segment file that merging has made superfluous may lie about and be broken; one in use may not.
	if refused[".zap"] < 25 || refused[".bolt"] == 0 || refused[".json"] == 0 {
		t.Errorf("refused, of the changes to each kind of file: %v", refused)
	}
}

func TestCreateLeavesAlone(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "notes.md"), "text")
	for name, path := range map[string]string{
		"an index": newIndex(t), "a folder of other things": folder, "a file": filepath.Join(folder, "notes.md"),
	} {
		if _, err := index.Create(path, index.Config{}); !errors.Is(err, index.ErrExist) {
			t.Errorf("%s: %v, want ErrExist", name, err)
		}
	}
	if _, err := index.Create("", index.Config{Lang: "klingon"}); !errors.Is(err, index.ErrLang) || !strings.Contains(err.Error(), "cjk") {
		t.Errorf("an unknown language: %v, want ErrLang and the known ones", err)
	}
	x, err := index.Create(t.TempDir(), index.Config{}) // an empty folder is as good as none
	if err != nil {
		t.Fatal(err)
	}
	x.Close()
}

// holderEnv names the index that TestHolder, in a process of its own, creates and holds.
const holderEnv = "QUERN_TEST_HOLD"

// TestHolder is the other process of the tests below.
func TestHolder(t *testing.T) {
	path := os.Getenv(holderEnv)
	if path == "" {
		t.Skip("only as another test's second process")
	}
	x, err := index.Create(path, index.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := x.Put(t.Context(), index.Document{ID: fmt.Sprint(i), Body: "text"}); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Println("holding")
	time.Sleep(time.Minute)
}

// hold starts a process that has an index with three documents open; release kills it.
func hold(t *testing.T) (path string, release func()) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "index")
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestHolder$")
	cmd.Env = append(os.Environ(), holderEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	release = func() { cancel(); cmd.Wait() }
	t.Cleanup(release)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "holding" {
			return path, release
		}
	}
	t.Fatal("the second process did not come to hold its index")
	return "", nil
}

func TestOneProcessAtATime(t *testing.T) {
	path, release := hold(t)
	if _, err := index.Open(path); !errors.Is(err, index.ErrLocked) {
		t.Fatalf("an index that another process holds: %v, want ErrLocked", err)
	}
	release()
	x, err := index.Open(path)
	if err != nil {
		t.Fatalf("after the other process ended: %v", err)
	}
	defer x.Close()
	if _, err := index.Open(path); !errors.Is(err, index.ErrLocked) {
		t.Errorf("opened twice in one process: %v, want ErrLocked", err)
	}
}
