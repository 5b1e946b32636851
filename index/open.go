package index

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// format is the version of what schema.go writes. Raise it with every change there that makes old indexes wrong.
const format = 3

// The files of an index folder: the marker is quern's own and tells its indexes from others, the rest is Bleve's.
const (
	markerFile = "quern.json"
	metaFile   = "index_meta.json"
	storeDir   = "store"
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

// Create makes an empty index in a new (or empty) folder; with an empty path, in memory, where it lasts until Close.
// Its errors are ErrExist and ErrLang, or the file system's.
func Create(path string, cfg Config) (*Index, error) {
	x, err := create(path, cfg)
	if err != nil {
		return nil, fmt.Errorf("index: create %q: %w", path, err)
	}
	return x, nil
}

func create(path string, cfg Config) (*Index, error) {
	lang, err := ParseLang(cmp.Or(cfg.Lang, DefaultLang))
	if err != nil {
		return nil, err
	}
	passages := cfg.Passages.withDefaults() // which another program may have others of
	if path != "" {
		// The marker comes first: what a crash leaves half made is then known for a damaged index, not a foreign folder.
		if err := writeMarker(path, marker{format, lang, passages}); err != nil {
			return nil, err
		}
	}
	b, err := bleve.NewUsing(path, bleve.NewIndexMapping(), scorch.Name, scorch.Name, nil)
	if err != nil {
		if path != "" {
			for _, name := range []string{markerFile, metaFile, storeDir} {
				os.RemoveAll(filepath.Join(path, name)) // the folder was empty before: these are all ours
			}
		}
		return nil, err
	}
	return &Index{lang: lang, passages: passages, bleve: b, inMemory: path == ""}, nil
}

func writeMarker(path string, m marker) error {
	if entries, err := os.ReadDir(path); len(entries) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: open it, or name a folder that does not exist", ErrExist)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(path, markerFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// Open opens what Create made in a folder, for reading and writing. One process at a time can have an index open. It
// first reads every file through and compares checksums, since Bleve trusts its files, and given a broken one may
// quietly go back to an older state, or panic at some later search. Its errors are ErrNotExist, ErrForeign, ErrVersion,
// ErrLocked and ErrDamaged, or the file system's.
func Open(path string) (*Index, error) {
	x, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("index: open %q: %w", path, err)
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
	b, err := openBleve(path)
	if err != nil {
		return nil, err
	}
	return &Index{lang: lang, passages: m.Passages, bleve: b}, nil
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
	b, err = bleve.OpenUsing(path, map[string]any{"bolt_timeout": lockWait.String()})
	return b, classify(err)
}

// classify puts the sentinel to an error of Bleve or its store. The file system's own stay as they are.
func classify(err error) error {
	var pathError *fs.PathError
	switch {
	case err == nil, errors.Is(err, ErrDamaged), errors.As(err, &pathError):
		return err
	case errors.Is(err, bbolterrors.ErrTimeout):
		return fmt.Errorf("%w: close that one, or name another folder", ErrLocked)
	}
	return damaged(err)
}

// damaged says what is wrong with an index that cannot be trusted any more, and what to do.
func damaged(why error) error {
	return fmt.Errorf("%w: %w: delete the folder and build the index again from its corpus", ErrDamaged, why)
}
