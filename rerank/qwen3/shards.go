package qwen3

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/quern-search/quern/rerank/internal/gguf"
	"github.com/quern-search/quern/rerank/internal/safetensors"
)

// findWeights opens the files of a folder that hold weights, and enters each tensor of the model under its GGUF name.
func (s *source) findWeights(dir string, c *config) error {
	names, err := s.shards(dir)
	if err != nil {
		return err
	}
	found := map[string]*stored{}
	for _, name := range names {
		if err := s.openShard(filepath.Join(dir, name), found); err != nil {
			return err
		}
	}
	if _, bare := found["embed_tokens.weight"]; bare {
		return errEmbeds // what AutoModel saves has no head, and no "model." before its names
	}
	for n := range tensorNames(c) {
		t, ok := found[n.saved]
		if !ok {
			return fmt.Errorf("the tensor %q is missing: the folder holds no whole model", n.saved)
		}
		s.tensors[n.gguf] = t
	}
	if t, ok := s.tensors[scoreName]; ok && t.rows != 1 {
		return fmt.Errorf("it is a classifier of %d labels: a Qwen3-Reranker has one, which is \"yes\" less \"no\"", t.rows)
	}
	switch t := s.tensors["token_embd.weight"]; {
	case t.refused != nil:
		return t.refused
	case t.cols != c.Hidden: // of rows without numbers a small file may have any number
		return fmt.Errorf("%s says that the model is %d wide, and the tensor %q has %d columns", configFile, c.Hidden, t.name, t.cols)
	case t.rows != c.Vocabulary:
		return fmt.Errorf("%s says that there are %d tokens, and the tensor %q has %d rows", configFile, c.Vocabulary, t.name, t.rows)
	}
	return nil
}

// shards returns the names of the files with weights, in order: one, or those that the index names.
func (s *source) shards(dir string) ([]string, error) {
	if _, err := os.Stat(filepath.Join(dir, weightsFile)); err == nil {
		return []string{weightsFile}, nil
	}
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	err := s.read(dir, indexFile, maxSmall, func(b []byte) error { return json.Unmarshal(b, &index) })
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noModel(dir, weightsFile)
	}
	if err != nil {
		return nil, err
	}
	names := slices.Compact(slices.Sorted(maps.Values(index.WeightMap)))
	for _, name := range names {
		if name != filepath.Base(name) || !filepath.IsLocal(name) {
			return nil, fmt.Errorf("%s names the file %q, which is not in the folder", indexFile, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s names no files: it is damaged", indexFile)
	}
	return names, nil
}

// openShard opens one of these files and adds its tensors, by the names that they have there.
func (s *source) openShard(path string, found map[string]*stored) error {
	name := filepath.Base(path)
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the folder lacks %s, one of those that %s names: download it, too", name, indexFile)
	}
	if err != nil {
		return err
	}
	s.opened = append(s.opened, file)
	info, err := file.Stat()
	if err != nil {
		return err
	}
	f, err := safetensors.Read(file, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s.files = append(s.files, io.NewSectionReader(file, 0, info.Size()))
	for _, t := range f.Tensors {
		if _, twice := found[t.Name]; twice {
			return fmt.Errorf("the tensor %q is in %s and in a file before it: they do not belong together", t.Name, name)
		}
		found[t.Name] = newStored(f, t)
	}
	return nil
}

func newStored(f *safetensors.File, t *safetensors.Tensor) *stored {
	s := &stored{name: t.Name, rows: 1, cols: 1, data: f.Section(t)}
	for _, d := range t.Shape {
		s.rows, s.cols = s.rows*s.cols, d
	}
	kind, ok := map[string]gguf.Type{"F32": gguf.F32, "F16": gguf.F16, "BF16": gguf.BF16}[t.DType]
	if s.kind = kind; !ok {
		s.refused = fmt.Errorf("the tensor %q is %s, which is not read here: take the model in BF16, F16 or F32, or a GGUF in Q8_0", t.Name, t.DType)
	}
	return s
}

// A tensorName is what GGUF calls a tensor, and what transformers does.
type tensorName struct{ gguf, saved string }

// tensorNames lists the tensors of a model.
func tensorNames(c *config) iter.Seq[tensorName] {
	whole := []tensorName{{"token_embd.weight", "model.embed_tokens.weight"}, {"output_norm.weight", "model.norm.weight"}}
	switch {
	case c.classifies():
		whole = append(whole, tensorName{scoreName, scoreName})
	case !c.TiedHead:
		whole = append(whole, tensorName{"output.weight", "lm_head.weight"})
	}
	layer := []tensorName{
		{"attn_norm", "input_layernorm"}, {"ffn_norm", "post_attention_layernorm"},
		{"attn_q_norm", "self_attn.q_norm"}, {"attn_k_norm", "self_attn.k_norm"},
		{"attn_q", "self_attn.q_proj"}, {"attn_k", "self_attn.k_proj"}, {"attn_v", "self_attn.v_proj"},
		{"attn_output", "self_attn.o_proj"}, {"ffn_gate", "mlp.gate_proj"}, {"ffn_up", "mlp.up_proj"}, {"ffn_down", "mlp.down_proj"},
	}
	return func(yield func(tensorName) bool) {
		for _, n := range whole {
			if !yield(n) {
				return
			}
		}
		for i := range c.Layers {
			for _, n := range layer {
				if !yield(tensorName{fmt.Sprintf("blk.%d.%s.weight", i, n.gguf), fmt.Sprintf("model.layers.%d.%s.weight", i, n.saved)}) {
					return
				}
			}
		}
	}
}
