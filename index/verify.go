package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/blevesearch/bleve/v2/util"
	"go.etcd.io/bbolt"
)

// rootFile is Bleve's table of contents, a bbolt database: it lists the segment files of the newest states.
const rootFile = "root.bolt"

// rootPages is how many pages the smallest one has: two of bbolt's own, its free list, and an empty table.
const rootPages = 4

// verify reads a store through before Bleve does: the table of contents must be whole, and every segment file of its
// newest state must be there with the right checksum. Nothing is changed. It holds a shared lock meanwhile, so that it
// also finds out whether another process has the index.
func verify(store string) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // bbolt maps its file: a missing part is a fault
	defer func() {
		if p := recover(); p != nil { // bbolt's way to report a broken page
			err = damaged(fmt.Errorf("%s: %v", rootFile, p))
		}
	}()
	root := filepath.Join(store, rootFile)
	info, err := os.Stat(root)
	if err != nil || info.Size() == 0 {
		return damaged(fmt.Errorf("%s is missing or empty", rootFile))
	}
	db, err := bbolt.Open(root, 0o600, &bbolt.Options{ReadOnly: true, Timeout: lockWait})
	if err != nil {
		return classify(err)
	}
	defer db.Close()
	return db.View(func(tx *bbolt.Tx) error {
		info, err := os.Stat(root) // again: now nobody writes
		if err != nil {
			return err
		}
		if info.Size() < tx.Size() {
			return damaged(fmt.Errorf("%s is cut short", rootFile))
		}
		segments, err := segmentFiles(tx)
		if err != nil {
			return damaged(err)
		}
		for _, name := range segments {
			if err := verifySegment(filepath.Join(store, name)); err != nil {
				return err
			}
		}
		return nil
	})
}

// segmentFiles lists the files of the newest state. The layout is scorch's: a bucket of states by rising number, each a
// bucket of segments beside two of other things, each a bucket with the file's name.
func segmentFiles(tx *bbolt.Tx) ([]string, error) {
	states := tx.Bucket(util.BoltSnapshotsBucket)
	if states == nil {
		return nil, fmt.Errorf("%s holds no state: the index was never finished", rootFile)
	}
	newest, _ := states.Cursor().Last()
	state := states.Bucket(newest)
	if state == nil {
		return nil, fmt.Errorf("%s: the newest state is missing", rootFile)
	}
	var names []string
	err := state.ForEachBucket(func(key []byte) error {
		if key[0] == util.BoltInternalKey[0] || key[0] == util.BoltMetaDataKey[0] {
			return nil
		}
		name := state.Bucket(key).Get(util.BoltPathKey)
		if name == nil {
			return fmt.Errorf("%s: a segment without a file name", rootFile)
		}
		names = append(names, string(name))
		return nil
	})
	return names, err
}

// verifySegment compares a segment file with the checksum in its last four bytes: CRC-32 (IEEE) of all before.
func verifySegment(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return damaged(fmt.Errorf("%s is missing", filepath.Base(path)))
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	sum, want := crc32.NewIEEE(), make([]byte, crc32.Size)
	if _, err := io.CopyN(sum, f, max(info.Size()-crc32.Size, 0)); err != nil {
		return err
	}
	if _, err := io.ReadFull(f, want); err != nil || binary.BigEndian.Uint32(want) != sum.Sum32() {
		return damaged(fmt.Errorf("%s has the wrong checksum", filepath.Base(path)))
	}
	return nil
}
