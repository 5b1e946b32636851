package qwen3

import (
	"fmt"
	"io"
	"math"

	"github.com/quern-search/quern/rerank/internal/gguf"
	"github.com/quern-search/quern/rerank/internal/vocab"
)

// readGGUF makes a source of a GGUF file, or says why it holds no Qwen3-Reranker.
func readGGUF(r io.ReaderAt, size int64) (*source, error) {
	f, err := gguf.Read(r, size)
	if err != nil {
		return nil, err
	}
	s := &source{
		vocab: vocab.Source{
			Tokens: f.Strings("tokenizer.ggml.tokens"),
			Types:  f.Ints("tokenizer.ggml.token_type"),
			Merges: f.Strings("tokenizer.ggml.merges"),
		},
		labels:  f.Strings("qwen3.classifier.output_labels"),
		tensors: map[string]*stored{},
		files:   []*io.SectionReader{io.NewSectionReader(r, 0, size)},
	}
	s.name, _ = f.String("general.name")
	s.vocab.Model, _ = f.String("tokenizer.ggml.model")
	s.vocab.Pre, _ = f.String("tokenizer.ggml.pre")
	if s.shape, err = shapeOfGGUF(f); err != nil {
		return nil, err
	}
	if s.blend, err = blendOfGGUF(f); err != nil {
		return nil, err
	}
	for _, t := range f.Tensors {
		s.tensors[t.Name] = &stored{
			name: t.Name, kind: t.Type, rows: t.Rows(), cols: t.Cols(), data: f.Section(t), refused: t.Decodable(),
		}
	}
	return s, nil
}

func shapeOfGGUF(f *gguf.File) (shape, error) {
	if arch, _ := f.String("general.architecture"); arch != "qwen3" {
		return shape{}, fmt.Errorf("the file holds a model of architecture %q, not a Qwen3-Reranker: take a GGUF of Qwen3-Reranker-0.6B, 4B or 8B", arch)
	}
	r := metadata{file: f}
	s := shape{
		layers:   r.size("qwen3.block_count", maxLayers),
		hidden:   r.size("qwen3.embedding_length", maxWidth),
		ffn:      r.size("qwen3.feed_forward_length", maxWidth),
		heads:    r.size("qwen3.attention.head_count", maxWidth),
		kvHeads:  r.size("qwen3.attention.head_count_kv", maxWidth),
		headDim:  r.size("qwen3.attention.key_length", maxWidth),
		context:  r.size("qwen3.context_length", maxContext),
		ropeBase: r.number("qwen3.rope.freq_base"),
		eps:      r.number("qwen3.attention.layer_norm_rms_epsilon"),
	}
	if r.err != nil {
		return shape{}, r.err
	}
	if value := r.size("qwen3.attention.value_length", maxWidth); r.err == nil && value != s.headDim {
		return shape{}, fmt.Errorf("keys have %d numbers a head and values %d: no Qwen3 is like that", s.headDim, value)
	}
	if kind, ok := f.String("qwen3.rope.scaling.type"); ok && kind != "none" {
		return shape{}, fmt.Errorf("the file asks for RoPE scaling %q, which the rerankers do not use: take another conversion", kind)
	}
	return s, s.check()
}

// blendOfGGUF returns what the file recommends: quern-tiny does, others do not.
func blendOfGGUF(f *gguf.File) (float64, error) {
	blend, _ := f.Float("quern.blend")
	if !(blend >= 0 && blend <= 1) {
		return 0, fmt.Errorf("the metadata says \"quern.blend\" is %v: it is a weight, 0..1", blend)
	}
	return math.Round(blend*1e6) / 1e6, nil // the file states it in float32; 0.3 should read as 0.3
}

// metadata reads required values and keeps the first error.
type metadata struct {
	file *gguf.File
	err  error
}

func (m *metadata) size(key string, limit uint64) int {
	v, ok := m.file.Uint(key)
	switch {
	case m.err != nil:
	case !ok:
		m.err = fmt.Errorf("the metadata lacks %q: the file is no complete conversion of the model", key)
	case v == 0 || v > limit:
		m.err = fmt.Errorf("the metadata says %q is %d, which cannot be", key, v)
	}
	return int(v)
}

func (m *metadata) number(key string) float64 {
	v, ok := m.file.Float(key)
	switch {
	case m.err != nil:
	case !ok:
		m.err = fmt.Errorf("the metadata lacks %q: the file is no complete conversion of the model", key)
	case !(v > 0 && v < 1e12):
		m.err = fmt.Errorf("the metadata says %q is %v, which cannot be", key, v)
	}
	return v
}
