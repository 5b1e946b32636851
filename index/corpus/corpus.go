// Package corpus reads documents from files: a JSONL file, or a folder of Markdown and JSONL files.
//
// [Open] takes either by its path, [FS] a tree from anywhere (embedded, zipped), [JSONL] a stream. Each gives the
// documents one by one, so that a corpus need not fit in memory. What is broken is an error in the sequence, naming
// file and line, and reading goes on behind it: the caller decides whether to stop. An empty corpus is no error here.
//
// Read next: jsonl.go and markdown.go, the two formats; then [index.Index.Put], where documents go.
package corpus

import (
	"bytes"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/quern-search/quern/index"
)

// maxDocument is how many bytes a line of JSONL or a Markdown file may have. It guards memory against a file that is
// not what its name says; a longer text should be cut into several documents anyway.
const maxDocument = 16 << 20

// Open reads the corpus at a path of the file system: a folder as FS does, a single file by its extension.
func Open(name string) iter.Seq2[index.Document, error] {
	return func(yield func(index.Document, error) bool) {
		info, err := os.Stat(name)
		if err != nil {
			yield(index.Document{}, fmt.Errorf("corpus: %w", err))
			return
		}
		if info.IsDir() {
			walk(os.DirFS(name), filepath.ToSlash(name), yield)
			return
		}
		if reader(name) == nil {
			yield(index.Document{}, fmt.Errorf("corpus: %s: unknown kind of file: name a folder, or a .jsonl or .md file", name))
			return
		}
		dir, base := filepath.Split(filepath.Clean(name))
		readFile(os.DirFS(filepath.Clean(dir+".")), base, name, yield)
	}
}

// FS reads every .md, .markdown and .jsonl file of a tree, folder by folder in lexical order. Files and folders whose names
// begin with a dot are left out, and files of other kinds too.
func FS(fsys fs.FS) iter.Seq2[index.Document, error] {
	return func(yield func(index.Document, error) bool) { walk(fsys, "", yield) }
}

// walk reads a tree; root is put before the names in errors.
func walk(fsys fs.FS, root string, yield func(index.Document, error) bool) {
	// Errors are all yielded: WalkDir itself has none to return.
	_ = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		shown := path.Join(root, name)
		switch {
		case err != nil:
			if !yield(index.Document{}, fmt.Errorf("corpus: %s: %w", shown, err)) {
				return fs.SkipAll
			}
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type().IsRegular() || d.Type() == fs.ModeSymlink:
			if reader(name) != nil && !readFile(fsys, name, shown, yield) {
				return fs.SkipAll
			}
		}
		return nil
	})
}

// A readFunc yields the documents of one file. shown is its name for errors. It returns false when yield did.
type readFunc func(fsys fs.FS, name, shown string, yield func(index.Document, error) bool) bool

// reader finds who reads a file of that name; nil for nobody.
func reader(name string) readFunc {
	switch strings.ToLower(path.Ext(name)) {
	case ".jsonl":
		return readJSONL
	case ".md", ".markdown":
		return readMarkdown
	}
	return nil
}

func readFile(fsys fs.FS, name, shown string, yield func(index.Document, error) bool) bool {
	return reader(name)(fsys, name, shown, yield)
}

// lineError says what is wrong where.
func lineError(name string, line int, err error) error {
	return fmt.Errorf("corpus: %s:%d: %w", name, line, err)
}

// invalidLine is the number of the first line that is not valid UTF-8, or 0.
func invalidLine(text []byte) int {
	if utf8.Valid(text) {
		return 0
	}
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if !utf8.Valid(line) {
			return n
		}
	}
	return n // cut across a line end: cannot be, since a newline is never part of a longer character
}

// withoutBOM drops the byte order mark that some editors put before UTF-8.
func withoutBOM(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\ufeff")) }
