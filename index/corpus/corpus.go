// Package corpus reads documents from files: one by one, or a folder of many kinds.
//
// [Open] takes either by its path, [FS] a tree from anywhere (embedded, zipped), [JSONL] a stream; a [Reader] chooses
// files and names keys. Each gives the documents one by one, so that a corpus need not fit in memory. What is broken is
// an error in the sequence, naming file and line, and reading goes on behind it: the caller decides whether to stop. An
// empty corpus is no error here.
//
// Read next: walk.go, how a tree is read; file.go, what is read how; then the parser of a kind, such as markdown.go; then
// [index.Index.Update], where documents go.
package corpus

import (
	"bytes"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/quern-search/quern/index"
)

// A Reader says how a corpus is read. The zero value is what Open and FS use.
type Reader struct {
	Fields Fields // the keys of JSONL and columns of CSV that make a document

	// Include and Exclude choose files of a folder by patterns as .gitignore has them: "*.md" at any depth, "/blog/**" from
	// the top, "drafts/" for folders. Without Include all are read; what Exclude has is left out, unless a later "!"
	// pattern takes it back. The file .quernignore at the folder's top has such patterns, one a line, which come before
	// those of Exclude. A single file is read whatever they say. Check tells whether they are patterns.
	Include, Exclude []string
}

// Open reads the corpus at a path of the file system: a folder as FS does, a single file by its extension. Of a sitemap
// it reads the pages that it lists, in the folder where it lies; a page without a file is an error.
func Open(name string) iter.Seq2[index.Document, error] { return Reader{}.Open(name) }

// FS reads every file of a tree that is of a kind known here, folder by folder in lexical order. Left out are files and
// folders whose names begin with a dot, and links to folders. A document whose ID another has had before is an error.
// Where the tree has a sitemap.xml at its top, pages have the addresses that they have there.
func FS(fsys fs.FS) iter.Seq2[index.Document, error] { return Reader{}.FS(fsys) }

// Open is the function Open with settings.
func (r Reader) Open(name string) iter.Seq2[index.Document, error] {
	return func(yield func(index.Document, error) bool) {
		info, err := os.Stat(name)
		if err != nil {
			yield(index.Document{}, fmt.Errorf("corpus: %w", err))
			return
		}
		if info.IsDir() {
			newWalk(r, os.DirFS(name), filepath.ToSlash(name), yield).tree()
			return
		}
		dir, base := filepath.Split(filepath.Clean(name))
		w := newWalk(r, os.DirFS(filepath.Clean(dir+".")), filepath.ToSlash(dir), yield)
		if isSitemap(base) {
			w.site(base)
			return
		}
		if _, ok := kindOf(name); !ok {
			yield(index.Document{}, fmt.Errorf("corpus: %s: unknown kind of file: name a folder, or a file that ends with %s", name, extensions))
			return
		}
		w.file(base)
	}
}

// FS is the function FS with settings.
func (r Reader) FS(fsys fs.FS) iter.Seq2[index.Document, error] {
	return func(yield func(index.Document, error) bool) { newWalk(r, fsys, "", yield).tree() }
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
