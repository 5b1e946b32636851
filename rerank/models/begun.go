package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// begun is what is known of a model that is on its way: the form of the file begunName.
type begun struct {
	Source string               `json:"source"`
	Files  map[string]fileBegun `json:"files"`
}

// fileBegun is what is known of one of its files.
type fileBegun struct {
	Size      int64  `json:"size"`                // bytes; -1: not known
	Sum       string `json:"sum,omitempty"`       // in hexadecimal, that it must have
	Validator string `json:"validator,omitempty"` // ETag or date of what has come, where there is no Sum
	SHA256    string `json:"sha256,omitempty"`    // of all of it, once it is there and right
}

const begunName = "begun.json"

// begin makes the folder for what comes, or takes up the one that is there, if that was for the same source.
func (p *pull) begin() error {
	p.dir = p.store.beside(p.name, partSuffix)
	b, err := readBegun(p.dir)
	if err != nil || b.Source != p.src.String() { // of no use, or somebody else's
		if err := os.RemoveAll(p.dir); err != nil {
			return err
		}
		b = begun{Source: p.src.String(), Files: map[string]fileBegun{}}
	}
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return err
	}
	p.begun = b
	return p.remember()
}

func readBegun(dir string) (b begun, err error) {
	data, err := os.ReadFile(filepath.Join(dir, begunName))
	if err != nil {
		return b, err
	}
	return parseBegun(data)
}

// parseBegun reads what is known of a model that is on its way.
func parseBegun(data []byte) (b begun, err error) {
	if err := json.Unmarshal(data, &b); err != nil {
		return b, err
	}
	for name, f := range b.Files {
		if !isFileName(name) || f.Size < -1 || f.SHA256 != "" && !isSHA256(f.SHA256) {
			return b, fmt.Errorf("the file %q, of %d bytes, cannot be", name, f.Size)
		}
	}
	if b.Files == nil {
		b.Files = map[string]fileBegun{}
	}
	return b, nil
}

// remember writes down what is known of the files.
func (p *pull) remember() error {
	data, err := json.MarshalIndent(p.begun, "", "  ")
	if err != nil {
		return err
	}
	return write(filepath.Join(p.dir, begunName), data)
}

// write replaces a file in one step.
func write(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // no longer there if all went well
	_, err = f.Write(append(data, '\n'))
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return full(err)
	}
	return os.Rename(f.Name(), path)
}

// syncDir makes the names in a folder durable, where the system has that.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
