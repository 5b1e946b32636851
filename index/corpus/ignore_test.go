package corpus

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestWhichFilesAreRead(t *testing.T) {
	files := "a.md b.txt blog/a.md blog/drafts/c.md blog/drafts/d.md docs/drafts/e.md docs/x[1].md"
	tests := []struct {
		name             string
		ignore           string // .quernignore
		include, exclude []string
		want             string
	}{
		{"all", "", nil, nil, "a b blog/a blog/drafts/c blog/drafts/d docs/drafts/e docs/x[1]"},
		{"a name at any depth", "a.md", nil, nil, "b blog/drafts/c blog/drafts/d docs/drafts/e docs/x[1]"},
		{"a name at the top", "/a.md", nil, nil, "b blog/a blog/drafts/c blog/drafts/d docs/drafts/e docs/x[1]"},
		{"folders of a name", "drafts/", nil, nil, "a b blog/a docs/x[1]"},
		{"one folder", "blog/drafts", nil, nil, "a b blog/a docs/drafts/e docs/x[1]"},
		{"a file is no folder", "a.md/\nb.txt/", nil, nil, "a b blog/a blog/drafts/c blog/drafts/d docs/drafts/e docs/x[1]"},
		{"across folders", "**/drafts/[cd].md", nil, nil, "a b blog/a docs/drafts/e docs/x[1]"},
		{"taken back", "\ufeff# notes\n\n*.md\r\n!c.md\n", nil, nil, "b blog/drafts/c"},
		{"not taken back from a folder that is left out", "blog/\n!c.md", nil, nil, "a b docs/drafts/e docs/x[1]"},
		{"brackets as they stand", `x\[1\].md`, nil, nil, "a b blog/a blog/drafts/c blog/drafts/d docs/drafts/e"},
		{"the option comes after the file", "*.md", nil, []string{"!a.md", "*.txt"}, "a blog/a"},
		{"only some", "", []string{"*.txt", "{a,c}.md"}, nil, "a b blog/a blog/drafts/c"},
		{"only a folder", "", []string{"/blog/drafts/"}, nil, "blog/drafts/c blog/drafts/d"},
		{"only folders of a name", "", []string{"drafts/"}, nil, "blog/drafts/c blog/drafts/d docs/drafts/e"},
		{"some, but for others", "c.md", []string{"blog/**"}, []string{"d.*"}, "blog/a"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree := fstest.MapFS{".quernignore": {Data: []byte(test.ignore)}}
			for name := range strings.FieldsSeq(files) {
				tree[name] = &fstest.MapFile{Data: []byte("text")}
			}
			docs, errs := collect(Reader{Include: test.include, Exclude: test.exclude}.FS(tree))
			if ids(docs) != test.want || errs != "" {
				t.Errorf("got  %s, %q\nwant %s", ids(docs), errs, test.want)
			}
		})
	}
}

func TestPatternsThatAreNone(t *testing.T) {
	tree := fstest.MapFS{".quernignore": {Data: []byte("# bad:\n[a\n/\nb.md")}, "a.md": {}, "b.md": {}}
	docs, errs := collect(FS(tree))
	if want := `corpus: .quernignore:2: "[a": not a pattern: `; ids(docs) != "a" || !strings.HasPrefix(errs, want) || !strings.Contains(errs, ".quernignore:3: ") {
		t.Errorf("got %s, %q, want %q", ids(docs), errs, want)
	}
	tree[".quernignore"].Data = slices.Repeat([]byte("x\n"), maxIgnoreFile)
	if docs, errs := collect(FS(tree)); ids(docs) != "a b" || errs != "corpus: .quernignore: more than 64 KiB: name folders instead of files\n" {
		t.Errorf("got %s, %q", ids(docs), errs)
	}
	for _, r := range []Reader{{Include: []string{"{a"}}, {Exclude: []string{"a", ""}}, {Include: []string{"!a"}}} {
		docs, errs := collect(r.FS(tree))
		if err := r.Check(); err == nil || len(docs) > 0 || errs != "corpus: "+err.Error()+"\n" {
			t.Errorf("%+v: got %v, %s, %q", r, err, ids(docs), errs)
		}
	}
}

// FuzzPattern: any text is a pattern that matches or not, or is refused.
func FuzzPattern(f *testing.F) {
	f.Add("!**/a[b-c]{d,e?}/", "a/b/c")
	f.Fuzz(func(t *testing.T, text, name string) {
		r := Reader{Include: []string{text}, Exclude: []string{text}}
		c, err := r.choice()
		if (err == nil) != (r.Check() == nil) {
			t.Error("Check says something else")
		}
		if err == nil && c.includes(name) && !c.excludes(name, true) && !strings.HasSuffix(text, "/") {
			t.Errorf("%q includes %q, and does not exclude it", text, name)
		}
	})
}
