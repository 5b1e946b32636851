package corpus

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/quern-search/quern/index"
)

// A walk is one reading of a corpus. Its methods return false when nobody wants more.
type walk struct {
	Reader
	fsys   fs.FS
	root   string // put before the names in errors
	choice choice
	pages  map[string]listing // what a sitemap says of a file
	only   bool               // read those pages only
	seen   map[string]string  // the file that each ID was in
	yield  func(index.Document, error) bool
}

func newWalk(r Reader, fsys fs.FS, root string, yield func(index.Document, error) bool) *walk {
	return &walk{Reader: r, fsys: fsys, root: root, pages: map[string]listing{}, seen: map[string]string{}, yield: yield}
}

// tree reads all there is.
func (w *walk) tree() {
	ok := w.choose()
	if ok && w.isFile(sitemapFile) && !w.choice.excludes(sitemapFile, false) {
		ok = w.readSitemap(sitemapFile, false)
	}
	if ok {
		w.files()
	}
}

// site reads what a sitemap lists.
func (w *walk) site(sitemap string) {
	w.only = true
	if w.choose() && w.readSitemap(sitemap, true) {
		w.files()
	}
}

// files reads the files that are chosen.
func (w *walk) files() {
	// Errors are all yielded: WalkDir itself has none to return.
	_ = fs.WalkDir(w.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			if !w.found(name)(0, index.Document{}, err) {
				return fs.SkipAll
			}
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
		case name == ".":
		case strings.HasPrefix(d.Name(), ".") || w.choice.excludes(name, d.IsDir()):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type().IsRegular() || d.Type() == fs.ModeSymlink:
			if w.wants(name) && !w.file(name) {
				return fs.SkipAll
			}
		}
		return nil
	})
}

func (w *walk) wants(name string) bool {
	_, known := kindOf(name)
	_, listed := w.pages[name]
	return known && (listed || !w.only) && w.choice.includes(name) && !w.isCopy(name)
}

// isCopy tells a compressed file that lies beside what is in it, as web servers want them.
func (w *walk) isCopy(name string) bool {
	plain := unpackedName(name)
	if plain == name {
		return false
	}
	_, err := fs.Stat(w.fsys, plain)
	return err == nil
}

// A found takes what a parser finds: a document, or what is broken, at a line (from 1; 0: the file as a whole).
type found func(line int, d index.Document, err error) bool

// found says where in the corpus the things are that a parser finds in a file, and lets each ID pass once.
func (w *walk) found(name string) found {
	shown := path.Join(w.root, name)
	return func(line int, d index.Document, err error) bool {
		if first, taken := w.seen[d.ID]; taken && err == nil {
			err = fmt.Errorf("the ID %q is taken by a document in %s: give every document one of its own, or leave one of the two out", d.ID, path.Join(w.root, first))
		}
		if err != nil {
			return w.yield(index.Document{}, placed(shown, line, err))
		}
		w.seen[d.ID] = name
		return w.yield(d, nil)
	}
}

// placed says what is wrong where.
func placed(name string, line int, err error) error {
	if line == 0 {
		return fmt.Errorf("corpus: %s: %w", name, err)
	}
	return fmt.Errorf("corpus: %s:%d: %w", name, line, err)
}
