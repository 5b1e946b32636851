package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/blevesearch/bleve/v2"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// format is the version of what schema.go writes. Raise it with every change there that makes old indexes wrong.
const format = 3

// The files of an index folder: the marker is quern's own and tells its indexes from others, the rest is Bleve's. As long
// as an index is being made, the marker has another name: a folder that only has that one is half made.
const (
	markerFile    = "quern.json"
	newMarkerFile = "quern.json.new"
	metaFile      = "index_meta.json"
	storeDir      = "store"
)

// lockWait is how long Open waits for another process to let go: enough for one that is just closing. Without a limit
// Bleve would wait for ever.
const lockWait = 500 * time.Millisecond

// A marker is what markerFile holds.
type marker struct {
	Format   int      `json:"format"`
	Lang     string   `json:"lang"`
	Passages Passages `json:"passages"`
}

// Open opens what Create made in a folder, for reading and writing. One process at a time can have an index open. It
// first reads every file through and compares checksums, since Bleve trusts its files, and given a broken one may
// quietly go back to an older state, or panic at some later search. Its errors are ErrNotExist, ErrForeign, ErrVersion,
// ErrLocked, ErrDamaged and ErrReadOnly, or the file system's.
func Open(path string) (*Index, error) {
	x, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("index: open %q: %w", path, explain(err))
	}
	return x, nil
}

func open(path string) (*Index, error) {
	m, err := readMarker(path)
	if err != nil {
		return nil, err
	}
	if m.Format != format {
		return nil, fmt.Errorf("%w: it has format %d, this program reads format %d: delete the folder and build the index again from its corpus",
			ErrVersion, m.Format, format)
	}
	lang, err := ParseLang(m.Lang)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrVersion, err)
	}
	if err := verify(filepath.Join(path, storeDir)); err != nil {
		return nil, err
	}
	if err := writable(filepath.Join(path, storeDir)); err != nil {
		return nil, err
	}
	b, err := openBleve(path)
	if err != nil {
		return nil, err
	}
	return &Index{lang: lang, passages: m.Passages, bleve: b}, nil
}

// writable tells whether this user may make files in a folder. Bleve would not tell before the first Put.
func writable(folder string) error {
	name := filepath.Join(folder, "written")
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		if errors.Is(explain(err), ErrReadOnly) {
			return err
		}
		return nil // on a full disk the index can still be read
	}
	if err := errors.Join(f.Close(), os.Remove(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // (another process that is opening it may have removed the file)
	}
	return nil
}

// readMarker tells an index from what else may lie at a path.
func readMarker(path string) (m marker, err error) {
	data, err := os.ReadFile(filepath.Join(path, markerFile))
	if err == nil {
		if json.Unmarshal(data, &m) != nil || m.Format <= 0 || m.Lang == "" {
			return m, damaged(fmt.Errorf("%s cannot be read", markerFile))
		}
		return m, nil
	}
	info, statErr := os.Stat(path)
	switch {
	case errors.Is(statErr, fs.ErrNotExist):
		return m, fmt.Errorf("%w: create it first, or look at the path again", ErrNotExist)
	case statErr != nil:
		return m, statErr
	case !info.IsDir():
		return m, fmt.Errorf("%w: it is a file: name the folder of an index", ErrForeign)
	case !errors.Is(err, fs.ErrNotExist):
		return m, err
	}
	entries, err := os.ReadDir(path)
	switch {
	case err != nil:
		return m, err
	case len(entries) == 0:
		return m, fmt.Errorf("%w: the folder is empty: create the index first", ErrNotExist)
	case halfMade(entries):
		return m, fmt.Errorf("%w: its making was cut off: create it again", ErrNotExist)
	}
	if _, err := os.Stat(filepath.Join(path, metaFile)); err == nil {
		return m, fmt.Errorf("%w: another program's Bleve index: name another folder", ErrForeign)
	}
	return m, fmt.Errorf("%w: a folder of other things (no %s in it): name another folder", ErrForeign, markerFile)
}

// openBleve opens Bleve's part. A panic becomes an error, and so does a fault in a file that is mapped into memory.
func openBleve(path string) (b bleve.Index, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			b, err = nil, damaged(fmt.Errorf("%v", p))
		}
	}()
	b, err = bleve.OpenUsing(path, bleveConfig())
	return b, classify(err)
}

// bleveConfig is what Bleve is told when it makes or opens a store.
func bleveConfig() map[string]any {
	registerPause()
	return map[string]any{"bolt_timeout": lockWait.String(), "asyncErrorCallbackName": pauseName}
}

// classify puts the sentinel to an error of Bleve or its store. The file system's own stay as they are.
func classify(err error) error {
	var pathError *fs.PathError
	var errno syscall.Errno // a failed fsync has no path
	switch {
	case err == nil, errors.Is(err, ErrDamaged), errors.As(err, &pathError), errors.As(err, &errno):
		return err
	case errors.Is(err, bbolterrors.ErrTimeout), errors.Is(err, bleve.ErrorIndexPathExists): // the latter from two Creates at once
		return fmt.Errorf("%w: close that one, or name another folder", ErrLocked)
	}
	return damaged(err)
}

// damaged says what is wrong with an index that cannot be trusted any more, and what to do.
func damaged(why error) error {
	return fmt.Errorf("%w: %w: delete the folder and build the index again from its corpus", ErrDamaged, why)
}
