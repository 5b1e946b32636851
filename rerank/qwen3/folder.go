package qwen3

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/quern-search/quern/rerank/internal/sniff"
	"github.com/quern-search/quern/rerank/internal/vocab"
)

// The files of a model as the transformers library saves one and Hugging Face shows it.
const (
	configFile    = "config.json"
	tokenizerFile = "tokenizer.json"
	weightsFile   = "model.safetensors"
	indexFile     = "model.safetensors.index.json" // where weights are spread over several files, which it names
	modulesFile   = "modules.json"                 // of sentence-transformers
)

// Bounds on the files that are read as a whole. The real ones have 11 MB (tokenizer.json) and less than 50 kB.
const (
	maxTokenizer = 128 << 20
	maxSmall     = 8 << 20
)

// readFolder makes a source of a folder with those files, or says why it holds no Qwen3-Reranker.
func readFolder(dir string) (*source, error) {
	s := &source{name: folderName(dir), tensors: map[string]*stored{}}
	if err := s.fill(dir); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// readFolderOf is readFolder by the path of a file with weights, or of their index. Another file beside them, which
// would not be read, is refused.
func readFolderOf(path string) (*source, error) {
	s, err := readFolder(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	name, first := filepath.Base(path), filepath.Base(s.opened[0].Name())
	if name == indexFile && first != weightsFile {
		return s, nil
	}
	if !slices.ContainsFunc(s.opened, func(f *os.File) bool { return filepath.Base(f.Name()) == name }) {
		s.close()
		return nil, fmt.Errorf("it is not among the files of the model in its folder: name it %s, or leave it out to take that model", weightsFile)
	}
	return s, nil
}

// folderName is what a folder's model is called: as the folder, or in Hugging Face's cache, where folders have hashes for
// names, as the repository.
func folderName(dir string) string {
	if whole, err := filepath.Abs(dir); err == nil {
		dir = whole
	}
	snapshots := filepath.Dir(dir)
	repository := strings.Split(filepath.Base(filepath.Dir(snapshots)), "--")
	if filepath.Base(snapshots) == "snapshots" && repository[0] == "models" {
		return repository[len(repository)-1]
	}
	return filepath.Base(dir)
}

func (s *source) fill(dir string) error {
	var c config
	err := s.read(dir, configFile, maxSmall, func(b []byte) error { return json.Unmarshal(b, &c) })
	if errors.Is(err, fs.ErrNotExist) {
		return noModel(dir, configFile)
	}
	if err != nil {
		return err
	}
	if s.shape, err = c.shape(); err != nil {
		return err
	}
	if embeds(dir) {
		return errEmbeds
	}
	// The weights come first: they prove that there are as many tokens as config.json says.
	if err := s.findWeights(dir, &c); err != nil {
		return err
	}
	err = s.read(dir, tokenizerFile, maxTokenizer, func(b []byte) error {
		s.vocab, err = vocab.FromTokenizerJSON(b, c.Vocabulary)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the folder has no %s: take it from where the model is from, or let transformers write it (AutoTokenizer, save_pretrained)", tokenizerFile)
	}
	return err
}

// read reads a JSON file of the model.
func (s *source) read(dir, name string, limit int64, parse func([]byte) error) error {
	data, err := readSmall(filepath.Join(dir, name), limit)
	if err != nil {
		return err
	}
	err = parse(data)
	if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
		return fmt.Errorf("%s is no JSON (%w): it %s", name, err, sniff.What(data[:min(len(data), sniff.Size)], int64(len(data))))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s.files = append(s.files, io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data))))
	return nil
}

func readSmall(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s has more than %d bytes: it is not the file of a Qwen3-Reranker", filepath.Base(path), limit)
	}
	return data, err
}

var errEmbeds = errors.New("the folder holds an embedding model: take a Qwen3-Reranker, which reads query and document together")

// embeds tells whether sentence-transformers makes embeddings with the model. The original files of Qwen3-Embedding differ
// from those of Qwen3-Reranker in little else.
func embeds(dir string) bool {
	data, err := readSmall(filepath.Join(dir, modulesFile), maxSmall)
	var modules []struct{ Type string }
	if err != nil || json.Unmarshal(data, &modules) != nil {
		return false
	}
	for _, m := range modules {
		if strings.HasSuffix(m.Type, ".Pooling") {
			return true
		}
	}
	return false
}

// noModel says what a folder is that lacks a file of the model, as far as the names of its files tell.
func noModel(dir, lacks string) error {
	hints := []struct{ pattern, says string }{
		{"*.gguf", "it holds %s: give the path of that file"},
		{"adapter_config.json", "it holds a LoRA adapter (%s): merge it into its model first"},
		{"pytorch_model*.bin", "it holds PyTorch's own form (%s): take the upload in safetensors, or save it again with transformers"},
		{"*.onnx", "it holds %s: take the upload in safetensors, or a GGUF"},
		{"*/*.onnx", "it holds %s: take the upload in safetensors, or a GGUF"},
		{"consolidated*.pth", "it holds %s: take the upload in safetensors"},
		{"snapshots/*/" + configFile, "it is a place in Hugging Face's cache: give the folder of its %s"},
		{"*/" + configFile, "give the folder of its %s"},
		{"*.safetensors", "it holds %s, but weights are looked for in " + weightsFile + " and in what " + indexFile + " names: download the folder whole"},
	}
	for _, h := range hints {
		if found, _ := fs.Glob(os.DirFS(dir), h.pattern); len(found) > 0 {
			return fmt.Errorf("the folder has no %s: "+h.says, lacks, found[0])
		}
	}
	return fmt.Errorf("the folder has no %s: give a GGUF file, or a folder with %s, %s and %s", lacks, configFile, tokenizerFile, weightsFile)
}
