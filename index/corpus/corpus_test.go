package corpus

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/index"
)

func ids(docs []index.Document) string {
	var list []string
	for _, d := range docs {
		list = append(list, d.ID)
	}
	return strings.Join(list, " ")
}

func TestFS(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	tree := fstest.MapFS{
		"b.md":              file("b"),
		"a/z.markdown":      file("z"),
		"a/y.MD":            file("y"),
		"a.jsonl":           file("{\"_id\": \"one\"}\nbroken\n{\"_id\": \"two\"}\n"),
		"latin.md":          file("first\nse\xe7ond\n"),
		"matter.md":         file("---\nx: y\na: [\n---\ntext"),
		"toml.md":           file("+++\nx = 1\n\na = [\n+++\ntext"),
		"picture.png":       file("no"),
		".git/notes.md":     file("no"),
		"a/.hidden.md":      file("no"),
		"a/.hidden/x.jsonl": file("no"),
	}
	docs, errs := collect(FS(tree))
	if got, want := ids(docs), "a/y a/z one two b"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, want := range []string{"corpus: a.jsonl:2: invalid character", "corpus: latin.md:2: not valid UTF-8", "corpus: matter.md:3: front matter: did not find", "corpus: toml.md:4: front matter: toml:"} {
		if !strings.Contains(errs, want) {
			t.Errorf("no error of %q in\n%s", want, errs)
		}
	}
	if n := strings.Count(errs, "\n"); n != 4 {
		t.Errorf("%d errors, want 4:\n%s", n, errs)
	}
	for range FS(tree) {
		break // going on would panic
	}
}

func TestAnIDIsTakenOnce(t *testing.T) {
	tree := fstest.MapFS{
		"a.jsonl":  {Data: []byte("{\"_id\": \"one\"}\n{\"_id\": \"page\", \"title\": \"first\"}\n{\"_id\": \"one\"}\n")},
		"page.md":  {Data: []byte("# second\n")},
		"page.txt": {Data: []byte("third\n")},
	}
	docs, errs := collect(FS(tree))
	if got, want := ids(docs), "one page"; got != want || docs[1].Title != "first" {
		t.Errorf("got %s, want %s", got, want)
	}
	const hint = ": give every document one of its own, or leave one of the two out\n"
	want := `corpus: a.jsonl:3: the ID "one" is taken by a document in a.jsonl` + hint +
		`corpus: page.md:1: the ID "page" is taken by a document in a.jsonl` + hint +
		`corpus: page.txt:1: the ID "page" is taken by a document in a.jsonl` + hint
	if errs != want {
		t.Errorf("errors\n%swant\n%s", errs, want)
	}
}

func TestText(t *testing.T) {
	docs, errs := collect(FS(fstest.MapFS{"notes/To do.TXT": {Data: []byte("\ufeff# not a heading\r\n\r\n  a < b & c\r\n\n")}}))
	want := []index.Document{{ID: "notes/To do", Title: "To do", Body: "# not a heading\n\n  a < b & c", URL: "notes/To do.TXT", Headings: []index.Heading{}}}
	if diff := cmp.Diff(want, docs); diff != "" || errs != "" {
		t.Errorf("(-want +got)\n%s%s", diff, errs)
	}
}

func TestAFileNameThatIsNotUTF8(t *testing.T) {
	docs, errs := collect(FS(fstest.MapFS{"caf\xe9.md": {Data: []byte("text")}, "tea.md": {Data: []byte("text")}}))
	if got := ids(docs); got != "tea" || !strings.Contains(errs, "rename it") {
		t.Errorf("got %s, %s", got, errs)
	}
}

func TestAParserThatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		defer close(end)
		_, err := inTime(func() (index.Document, error) { <-end; return index.Document{}, nil })
		if !errors.Is(err, errSlow) {
			t.Errorf("got %v, want %v", err, errSlow)
		}
		d, err := inTime(func() (index.Document, error) { return index.Document{ID: "a"}, errUTF8 })
		if d.ID != "a" || !errors.Is(err, errUTF8) {
			t.Errorf("another that does: got %+v, %v", d, err)
		}
	})
}

func TestAnEmptyFolderIsAnEmptyCorpus(t *testing.T) {
	if docs, errs := collect(Open(t.TempDir())); len(docs) > 0 || errs != "" {
		t.Errorf("got %v, %s", docs, errs)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"c.jsonl": "{\"_id\": \"1\"}\nbroken", "p.md": "text", "x.txt": "text", "x.gif": "GIF"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	broken := filepath.ToSlash(filepath.Join(dir, "c.jsonl:2: "))
	tests := []struct{ name, path, ids, errs string }{
		{"a folder", dir, "1 p x", broken},
		{"a JSONL file", filepath.Join(dir, "c.jsonl"), "1", broken},
		{"a Markdown file", filepath.Join(dir, "p.md"), "p", ""},
		{"a text file", filepath.Join(dir, "x.txt"), "x", ""},
		{"another file", filepath.Join(dir, "x.gif"), "", "unknown kind of file"},
		{"nothing there", filepath.Join(dir, "nothing"), "", "no such file"},
	}
	for _, test := range tests {
		docs, errs := collect(Open(test.path))
		if got := ids(docs); got != test.ids || !strings.Contains(errs, test.errs) || (errs == "") != (test.errs == "") {
			t.Errorf("%s: got %q, %q, want %q, %q", test.name, got, errs, test.ids, test.errs)
		}
	}
	t.Chdir(dir)
	if docs, errs := collect(Open("c.jsonl")); ids(docs) != "1" || !strings.HasPrefix(errs, "corpus: c.jsonl:2: ") {
		t.Errorf("a bare name: got %q, %q", ids(docs), errs)
	}
}
