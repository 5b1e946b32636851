// Package blobs finds the files of models that Ollama has pulled, in the folder where it keeps them, so that they can be
// run in process. It needs no server, and changes nothing.
//
// In that folder, manifests/HOST/NAMESPACE/MODEL/TAG lists what a model is made of, by the SHA-256 of each part;
// blobs/sha256-... are the parts. One of them is the GGUF. How to read it: blobs.go finds models, manifest.go reads
// what they are made of.
package blobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	ollama "github.com/ollama/ollama/types/model"

	"github.com/quern-search/quern/rerank/internal/checksum"
)

// What can be wrong with a model in the folder. The error around each says what to do about it.
var (
	ErrNoStore   = errors.New("there is no folder with models of Ollama")
	ErrNotPulled = errors.New("the model is not among those that Ollama has pulled")
	ErrNoFile    = errors.New("the model is not one GGUF file")
	ErrDamaged   = errors.New("the model's file is damaged")
)

// A Store is the folder where Ollama keeps models: OLLAMA_MODELS, or .ollama/models at home.
type Store struct{ Dir string }

// A Model is one that Ollama has pulled.
type Model struct {
	Name   string // as `ollama list` prints it
	Path   string // of its GGUF
	Size   int64  // bytes of that
	Family string // architecture, as Ollama found it: "qwen3"
	Quant  string // how weights are stored, as Ollama found it: "Q8_0"

	digest string
}

// Find returns the model of a name, in any form that Ollama takes: without a tag it is "latest", without a host it is
// from ollama.com. Its error wraps one of those above.
func (s Store) Find(name string) (Model, error) {
	m, err := s.find(name)
	if err != nil {
		return Model{}, fmt.Errorf("ollama: %q in %s: %w", name, s.Dir, err)
	}
	return m, nil
}

func (s Store) find(name string) (Model, error) {
	info, err := os.Stat(filepath.Join(s.Dir, "manifests"))
	switch {
	case errors.Is(err, fs.ErrPermission):
		return Model{}, fmt.Errorf("%w: become a member of the group that may read it", err)
	case s.Dir == "" || err != nil || !info.IsDir():
		return Model{}, ErrNoStore
	}
	n := ollama.ParseName(name)
	if !n.IsValid() {
		return Model{}, fmt.Errorf("that is no name of a model: give one as `ollama list` prints it")
	}
	all, err := s.names()
	if err != nil {
		return Model{}, err
	}
	i := slices.IndexFunc(all, func(o ollama.Name) bool { return o == n })
	if i < 0 { // Ollama does not tell upper from lower case either
		i = slices.IndexFunc(all, n.EqualFold)
	}
	if i < 0 {
		return Model{}, fmt.Errorf("%w: ollama pull %s%s", ErrNotPulled, n.DisplayShortest(), instead(all))
	}
	return s.open(all[i])
}

// instead names what could be taken in the place of what is not there: rerankers by their name, or else anything.
func instead(all []ollama.Name) string {
	const most = 8
	var names, rerankers []string
	for _, n := range all {
		names = append(names, n.DisplayShortest())
		if strings.Contains(strings.ToLower(n.Model), "rerank") {
			rerankers = append(rerankers, n.DisplayShortest())
		}
	}
	if len(rerankers) > 0 {
		names = rerankers
	}
	switch {
	case len(names) == 0:
		return "; it has pulled none"
	case len(names) > most:
		names = append(names[:most], "...")
	}
	return ", or take one that it has: " + strings.Join(names, ", ")
}

// names lists what has a manifest.
func (s Store) names() (list []ollama.Name, err error) {
	root := filepath.Join(s.Dir, "manifests")
	paths, err := fs.Glob(os.DirFS(root), "*/*/*/*")
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		if n := ollama.ParseNameFromFilepath(filepath.FromSlash(path)); n.IsValid() {
			n.ProtocolScheme = ollama.DefaultName().ProtocolScheme // as a name that is parsed has it
			list = append(list, n)
		}
	}
	return list, nil
}

// List returns the models that are one GGUF file, by name; what cannot be read is left out. There are none where there
// is no folder.
func (s Store) List() []Model {
	all, _ := s.names()
	var list []Model
	for _, n := range all {
		if m, err := s.open(n); err == nil {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b Model) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// open reads a model's manifest, and makes sure that its file is there, in its length.
func (s Store) open(n ollama.Name) (Model, error) {
	path := filepath.Join(s.Dir, "manifests", n.Filepath())
	data, err := readShort(path)
	if err != nil {
		return Model{}, err
	}
	parts, err := parse(data)
	if err != nil {
		return Model{}, fmt.Errorf("%s: %w", path, err)
	}
	file, err := parts.file()
	if err != nil {
		return Model{}, err
	}
	m := Model{Name: n.DisplayShortest(), Path: s.blob(file.Digest), Size: file.Size, digest: file.Digest}
	pull := "pull it again: ollama pull " + m.Name
	info, err := os.Stat(m.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Model{}, fmt.Errorf("%w: %s is missing: %s", ErrDamaged, m.Path, pull)
	case err != nil:
		return Model{}, err
	case info.Size() != file.Size:
		return Model{}, fmt.Errorf("%w: %s has %d bytes, and should have %d: %s", ErrDamaged, m.Path, info.Size(), file.Size, pull)
	}
	if data, err := readShort(s.blob(parts.Config.Digest)); err == nil {
		m.Family, m.Quant = parseConfig(data)
	}
	return m, nil
}

// blob is where a part lies. The digest has been checked.
func (s Store) blob(digest string) string {
	return filepath.Join(s.Dir, "blobs", strings.Replace(digest, ":", "-", 1))
}

// Verify reads the file and makes sure that it is what Ollama pulled. Its error wraps ErrDamaged.
func (m Model) Verify(ctx context.Context) error {
	sum, err := checksum.Of(ctx, m.Path)
	if err == nil && "sha256:"+sum != m.digest {
		err = fmt.Errorf("%w: the SHA-256 of %s is %s: pull it again: ollama rm %s, and ollama pull %s", ErrDamaged, m.Path, sum, m.Name, m.Name)
	}
	if err != nil {
		return fmt.Errorf("ollama: %q: %w", m.Name, err)
	}
	return nil
}
