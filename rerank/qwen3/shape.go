package qwen3

import (
	"fmt"

	"github.com/quern-search/quern/rerank/internal/gguf"
	"github.com/quern-search/quern/rerank/internal/vocab"
	"github.com/quern-search/quern/rerank/qwen3/internal/kernel"
)

// A shape is the size of a model, as its file's metadata states it.
type shape struct {
	layers   int
	hidden   int // width of a token's state
	ffn      int // width inside the feed-forward block
	heads    int // query heads
	kvHeads  int // key/value heads; each serves heads/kvHeads query heads
	headDim  int
	context  int // positions that the model was made for
	ropeBase float64
	eps      float64 // of RMSNorm
}

// Bounds on what a file may claim, far above any published Qwen3 (8B: 36 layers, 4,096 wide): a damaged file must not
// make the engine allocate what its bytes do not warrant.
const (
	maxLayers = 1024
	maxWidth  = 1 << 17
)

func readShape(f *gguf.File) (shape, error) {
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
		context:  r.size("qwen3.context_length", 1<<30),
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

func (s shape) check() error {
	switch {
	case s.heads%s.kvHeads != 0:
		return fmt.Errorf("%d query heads cannot share %d key heads", s.heads, s.kvHeads)
	case s.headDim%kernel.Cols != 0 || s.hidden%kernel.Cols != 0 || s.ffn%kernel.Cols != 0:
		return fmt.Errorf("a head of %d, a width of %d or a feed-forward width of %d is no multiple of %d", s.headDim, s.hidden, s.ffn, kernel.Cols)
	case s.heads*s.headDim > maxWidth:
		return fmt.Errorf("%d heads of %d numbers are more than any Qwen3 has", s.heads, s.headDim)
	}
	return nil
}

// loadVocabulary reads the tokens that a file's model speaks in.
func loadVocabulary(f *gguf.File) (*vocab.Vocabulary, error) {
	model, _ := f.String("tokenizer.ggml.model")
	pre, _ := f.String("tokenizer.ggml.pre")
	return vocab.New(vocab.Source{
		Model:  model,
		Pre:    pre,
		Tokens: f.Strings("tokenizer.ggml.tokens"),
		Types:  f.Ints("tokenizer.ggml.token_type"),
		Merges: f.Strings("tokenizer.ggml.merges"),
	})
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
