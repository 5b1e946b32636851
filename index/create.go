package index

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
)

// Create makes an empty index in a new (or empty) folder; with an empty path, in memory, where it lasts until Close. Where
// another Create was cut off, by a crash or a full disk, it starts anew. Its errors are ErrExist, ErrLang, ErrLocked,
// ErrFull and ErrReadOnly, or the file system's.
func Create(path string, cfg Config) (*Index, error) {
	x, err := create(path, cfg)
	if err != nil {
		return nil, fmt.Errorf("index: create %q: %w", path, explain(err))
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
		if err := begin(path); err != nil {
			return nil, err
		}
	}
	b, err := bleve.NewUsing(path, bleve.NewIndexMapping(), scorch.Name, scorch.Name, bleveConfig())
	if err != nil {
		return nil, classify(err)
	}
	if path != "" {
		if err := finish(path, marker{format, lang, passages}); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	return &Index{lang: lang, passages: passages, bleve: b, inMemory: path == ""}, nil
}

// begin makes the folder of a new index, or finds one that is half made. It removes as little as it can, since another
// process may be making the same index just now: which of them goes on, Bleve's lock decides.
func begin(path string) error {
	entries, err := os.ReadDir(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return err
	case err != nil && !errors.Is(err, fs.ErrNotExist), len(entries) > 0 && !halfMade(entries):
		return fmt.Errorf("%w: open it, or name a folder that does not exist", ErrExist)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(path, newMarkerFile), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(path, metaFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // Bleve makes no index where this file is, be it empty
	}
	return removeCutRoot(filepath.Join(path, storeDir, rootFile))
}

// removeCutRoot removes a table of contents that a full disk has cut off in its first pages: bbolt takes it for whole and
// reads behind its end. Who is writing these pages just now would be done long before lockWait.
func removeCutRoot(name string) error {
	cut := func() bool {
		info, err := os.Stat(name)
		return err == nil && info.Size() > 0 && info.Size() < int64(rootPages*os.Getpagesize())
	}
	if !cut() {
		return nil
	}
	time.Sleep(lockWait)
	if !cut() {
		return nil
	}
	return os.Remove(name)
}

// halfMade tells a folder in which Create was cut off: it has the marker's first name and no marker.
func halfMade(entries []fs.DirEntry) bool {
	has := func(name string) bool {
		return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name })
	}
	return has(newMarkerFile) && !has(markerFile)
}

// finish writes the marker, which takes its name in one step: a folder with a marker has a whole index. The caller has
// Bleve's lock.
func finish(path string, m marker) error {
	name := filepath.Join(path, markerFile)
	if _, err := os.Stat(name); err == nil {
		return fmt.Errorf("%w: another process has just made it: open it", ErrExist)
	}
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(path, newMarkerFile), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
