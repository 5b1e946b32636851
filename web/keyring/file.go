package keyring

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// keyFile is the form of a file of keys. There is a level above the list, for what may come to stand beside it.
type keyFile struct {
	Keys []Key `json:"keys"`
}

// Read returns the keys of a file. An error that the file is not there wraps [fs.ErrNotExist].
func Read(path string) ([]Key, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	keys, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("keyring: %s: %w", path, err)
	}
	return keys, nil
}

// parse reads a file of keys. It refuses what it does not know: a limit whose name is mistyped would be none.
func parse(data []byte) ([]Key, error) {
	var f keyFile
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows after the keys")
	}
	seen, owners := map[string]bool{}, map[Hash]string{}
	for i, k := range f.Keys {
		if err := k.check(); err != nil {
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		}
		if seen[k.Name] {
			return nil, fmt.Errorf("there are two keys %q: give each a name of its own", k.Name)
		}
		if owner, ok := owners[k.Hash]; ok { // whoever revokes one would leave its secret valid
			return nil, fmt.Errorf("the keys %q and %q are of one secret: leave one of them out", owner, k.Name)
		}
		seen[k.Name], owners[k.Hash] = true, k.Name
	}
	return f.Keys, nil
}

// Add appends a key to the file, which it makes if it is not there.
func Add(path string, k Key) error {
	return edit(path, func(keys []Key) ([]Key, error) {
		if err := k.check(); err != nil {
			return nil, err
		}
		for _, old := range keys {
			if old.Name == k.Name {
				return nil, fmt.Errorf("there is a key %q already (%s): give this one another name", k.Name, old.State(k.Created))
			}
		}
		return append(keys, k), nil
	})
}

// Revoke has the key of that name let nobody in from now on. It stays in the file, so that its usage can still be read
// and nobody else is taken for its owner. Revoking again changes nothing.
func Revoke(path, name string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	return edit(path, func(keys []Key) ([]Key, error) {
		for i := range keys {
			if keys[i].Name != name {
				continue
			}
			if keys[i].Revoked.IsZero() {
				keys[i].Revoked = now()
			}
			return keys, nil
		}
		return nil, fmt.Errorf("there is no key %.70q", name)
	})
}

func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// edit changes a file of keys. Nobody loses anything by two who do so at once: they wait for each other.
func edit(path string, change func([]Key) ([]Key, error)) error {
	return locked(path, func() error {
		keys, err := Read(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if keys, err = change(keys); err != nil {
			return fmt.Errorf("keyring: %s: %w", path, err)
		}
		return replace(path, keyFile{keys}, likeBefore)
	})
}

// locked runs do while no other process changes the files of these keys. The lock is a file of its own, which stays:
// that of the keys is replaced.
func locked(path string, do func() error) error {
	unlock, err := lockedfile.MutexAt(path + ".lock").Lock()
	if err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	defer unlock()
	return do()
}

// replace writes v as JSON, for the owner's eyes unless prepare, which gets the new file and the path of the old, says
// otherwise. Who reads the file meanwhile sees all of the old or all of the new, and so does whoever comes after a crash.
func replace(path string, v any, prepare func(f *os.File, path string) error) (err error) {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	if err = prepare(f, path); err == nil {
		_, err = f.Write(append(data, '\n'))
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("keyring: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

// likeBefore gives f the owner and the mode of the file at path, if there is one. A server of another user, to whom that was
// given to read, would else not see that root has revoked a key.
func likeBefore(f *os.File, path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = sameOwner(f, info)
	}
	if err == nil {
		err = f.Chmod(info.Mode().Perm())
	}
	if err != nil {
		return fmt.Errorf("owner and mode of the file cannot be kept: %w: change it as its owner, or as root", err)
	}
	return nil
}

// forOwner leaves f to whoever writes it.
func forOwner(*os.File, string) error { return nil }
