package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/quern-search/quern/rerank/internal/checksum"
)

// A Model is one that is in a store.
type Model struct {
	Name    string    `json:"name"`
	Source  string    `json:"source"`           // as [Parse] reads it, but for the query of a URL
	Commit  string    `json:"commit,omitempty"` // of the repository, where it has one
	Licence string    `json:"licence,omitempty"`
	Files   []File    `json:"files"`
	Pulled  time.Time `json:"pulled"`

	dir string
}

// A File is one of a model's files.
type File struct {
	Name    string `json:"name"`
	Size    int64  `json:"size"`              // bytes
	SHA256  string `json:"sha256"`            // of what was fetched, in hexadecimal
	Checked string `json:"checked,omitempty"` // who stated the checksum that it was held against; empty: nobody
}

// Who may have stated a checksum, beside the host of a hub.
const (
	ByCatalogue = "the catalogue"
	ByCaller    = "the caller" // as Source.SHA256
)

// recordName is the file in a model's folder that describes it: a Model in JSON.
const recordName = "model.json"

// Path is what opens the model: its GGUF, or the folder of a safetensors model.
func (m Model) Path() string {
	if len(m.Files) == 1 {
		return filepath.Join(m.dir, m.Files[0].Name)
	}
	return m.dir
}

// Size is how many bytes the model has.
func (m Model) Size() (bytes int64) {
	for _, f := range m.Files {
		bytes += f.Size
	}
	return bytes
}

// Checked says who stated the checksums that the model was held against when it was pulled; empty where some file had
// none.
func (m Model) Checked() string {
	by := ""
	for _, f := range m.Files {
		if by = f.Checked; by == "" {
			break
		}
	}
	return by
}

// parseRecord reads a record, and refuses one that could lead out of the model's folder.
func parseRecord(data []byte) (Model, error) {
	var m Model
	if err := json.Unmarshal(data, &m); err != nil {
		return Model{}, errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if len(m.Files) == 0 {
		return Model{}, errors.New("it names no files")
	}
	for _, f := range m.Files {
		if !isFileName(f.Name) || f.Size < 0 || !isSHA256(f.SHA256) {
			return Model{}, fmt.Errorf("the file %q, of %d bytes, with the checksum %q, cannot be", f.Name, f.Size, f.SHA256)
		}
	}
	return m, nil
}

// isFileName tells the name of a file that may lie in a model's folder, beside what the store writes there.
func isFileName(name string) bool {
	return len(name) <= maxName && isPlain(strings.Trim(name, "_")) && filepath.IsLocal(name) &&
		!strings.EqualFold(name, recordName) && !strings.EqualFold(name, begunName) && !strings.HasSuffix(name, partSuffix)
}

// Verify reads all files of the model and makes sure that they still are what was pulled. Its error wraps ErrDamaged.
func (m Model) Verify(ctx context.Context) error {
	for _, f := range m.Files {
		path := filepath.Join(m.dir, f.Name)
		sum, err := checksum.Of(ctx, path)
		if err == nil && sum != f.SHA256 {
			err = fmt.Errorf("%w: the SHA-256 of %s is %s, and was %s when it was pulled: %s", ErrDamaged, path, sum, f.SHA256, anew)
		}
		if err != nil {
			return fmt.Errorf("models: %q: %w", m.Name, err)
		}
	}
	return nil
}
