package models

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/quern-search/quern/rerank/internal/checksum"
	"github.com/quern-search/quern/rerank/internal/gguf"
)

// A download is one file on its way.
type download struct {
	*pull
	file    *remoteFile
	path    string    // where it grows
	state   fileBegun // what is known of it
	resumed bool      // some of it is of an earlier attempt, whose bytes may be others

	farthest int64 // how long the file has been
}

// fetch brings a file, in as many attempts as it takes, and gives it its name when it is right.
func (p *pull) fetch(ctx context.Context, f *remoteFile) (File, error) {
	d := &download{pull: p, file: f, path: filepath.Join(p.dir, f.name+partSuffix)}
	d.state = fileBegun{Size: f.size, Sum: f.sum.hex}
	if was, found := p.begun.Files[f.name]; found && (f.sum.hex == "" || was.Sum == f.sum.hex) {
		d.state = was
	}
	whole := filepath.Join(p.dir, f.name)
	if d.state.SHA256 != "" && f.sum.hex != "" && size(whole) == d.state.Size {
		return d.record(), nil // it came whole, and others did not
	}
	if err := os.Remove(whole); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return File{}, err
	}
	for anew := false; ; anew = true {
		if err := p.client.persist(ctx, p.cfg.Pause, d.note, d.attempt); err != nil {
			return File{}, full(err)
		}
		err := d.verify(ctx)
		if err == nil {
			break
		}
		if !errors.Is(err, errMismatch) || !d.resumed || anew {
			return File{}, fmt.Errorf("%s: %w", f.name, err)
		}
		d.note(fmt.Sprintf("%s: %v: fetching it anew", f.name, err))
		d.resumed, d.farthest = false, 0
	}
	if err := os.Rename(d.path, whole); err != nil {
		return File{}, err
	}
	d.begun.Files[f.name] = d.state
	return d.record(), d.remember()
}

func (d *download) record() File {
	return File{Name: d.file.name, Size: d.state.Size, SHA256: d.state.SHA256, Checked: d.file.by}
}

// errMismatch stands for bytes that are not the right ones.
var errMismatch = errors.New("the checksum is wrong")

func mismatch(got sum, by string, want sum) error {
	return fmt.Errorf("%w: by %s it is %s, and should be %s", errMismatch, by, got.hex, want.hex)
}

// another says that the hub has another file than was known beforehand, before it comes.
func (p *pull) another(f *remoteFile, stated sum) error {
	err := fmt.Errorf("%s: %w", f.name, mismatch(stated, p.client.hub.Host, f.sum))
	if p.vouch == ByCatalogue {
		err = fmt.Errorf("%w: if its owner has changed it, and you trust that: --sha256 %s", err, stated.hex)
	}
	return err
}

// verify reads the file that has come, and makes sure that it is the right one and whole. What is not is deleted.
func (d *download) verify(ctx context.Context) error {
	sha256, blob, err := checksum.WithBlob(ctx, d.path)
	if err != nil {
		return err
	}
	got := sum{"sha256", sha256}
	if d.file.sum.algorithm == "git" {
		got = sum{"git", blob}
	}
	switch {
	case d.file.sum == (sum{}):
		d.note(fmt.Sprintf("nobody states a checksum for %s: its SHA-256 is %s", d.file.name, sha256))
	case got != d.file.sum:
		err = mismatch(got, "what came", d.file.sum)
	}
	if err == nil {
		err = d.wellFormed()
	}
	if err != nil {
		return errors.Join(err, os.Remove(d.path))
	}
	d.state.Size, d.state.SHA256 = size(d.path), sha256
	return nil
}

// wellFormed looks at the form of a file: that all of it is there can be told without a checksum.
func (d *download) wellFormed() error {
	switch filepath.Ext(d.file.name) {
	case ".gguf":
		f, err := os.Open(d.path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = gguf.Read(f, size(d.path))
		return err
	case ".json":
		data, err := os.ReadFile(d.path)
		if err == nil && !json.Valid(data) {
			err = errors.New("it is not JSON")
		}
		return err
	}
	return nil
}

// sniffed is how many bytes sniff looks at.
const sniffed = 512

// errPage stands for an answer that is for people.
var errPage = errors.New("the server answers with a web page: does the file need a login, or does the address show it rather than download it?")

// sniff refuses by its first bytes what is something else altogether, before the rest of it has come.
func (d *download) sniff(first []byte) error {
	start := bytes.ToLower(bytes.TrimSpace(first))
	switch {
	case bytes.HasPrefix(start, []byte("<!doctype html")), bytes.HasPrefix(start, []byte("<html")):
		return errPage
	case filepath.Ext(d.file.name) == ".gguf" && !bytes.HasPrefix(first, []byte("GGUF")):
		_, err := gguf.Read(bytes.NewReader(first), int64(len(first)))
		return err
	}
	return nil
}
