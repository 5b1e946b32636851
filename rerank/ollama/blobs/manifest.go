package blobs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// maxShort bounds what is read of a manifest or a configuration. The largest manifests, of models in thousands of parts,
// have some 500 kB.
const maxShort = 16 << 20

// The media types of the parts that matter here.
const (
	mediaModel   = "application/vnd.ollama.image.model"
	mediaAdapter = "application/vnd.ollama.image.adapter"
	mediaTensor  = "application/vnd.ollama.image.tensor"
)

// A manifest lists what a model is made of.
type manifest struct {
	Config part   `json:"config"`
	Layers []part `json:"layers"`
}

// A part is a file, by its SHA-256.
type part struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"` // "sha256:" and 64 hexadecimal digits
	Size      int64  `json:"size"`
}

// digests are what a part may be called: its name becomes that of a file.
var digests = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

func parse(data []byte) (manifest, error) {
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("the manifest cannot be read: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	for i, p := range append([]part{m.Config}, m.Layers...) {
		if none := i == 0 && p.Digest == ""; !none && (!digests.MatchString(p.Digest) || p.Size < 0) {
			return m, fmt.Errorf("the manifest names a part %q of %d bytes, which cannot be", p.Digest, p.Size)
		}
	}
	return m, nil
}

// file is the one GGUF that makes the model.
func (m manifest) file() (part, error) {
	var found []part
	for _, p := range m.Layers {
		switch p.MediaType {
		case mediaModel:
			found = append(found, p)
		case mediaTensor:
			return part{}, fmt.Errorf("%w: its weights are in a part each, for MLX: pull one that is a GGUF", ErrNoFile)
		case mediaAdapter:
			return part{}, fmt.Errorf("%w: it has an adapter beside, without which it would judge otherwise", ErrNoFile)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return part{}, fmt.Errorf("%w: it has no weights here (one in the cloud, perhaps): pull one that runs on this machine", ErrNoFile)
	}
	return part{}, fmt.Errorf("%w, but %d: pull one that is in one piece", ErrNoFile, len(found))
}

// parseConfig reads what Ollama found out about a model; empty where it does not say.
func parseConfig(data []byte) (family, quant string) {
	var c struct {
		Family string `json:"model_family"`
		Quant  string `json:"file_type"`
	}
	_ = json.Unmarshal(data, &c) // it only tells people what the file itself says for certain
	return c.Family, c.Quant
}

func readShort(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxShort+1))
	if err == nil && len(data) > maxShort {
		err = errors.New(path + ": it is too long for what it should be")
	}
	return data, err
}
