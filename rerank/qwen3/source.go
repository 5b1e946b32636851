package qwen3

import (
	"fmt"
	"io"
	"math"

	"github.com/quern-search/quern/rerank/internal/gguf"
	"github.com/quern-search/quern/rerank/internal/vocab"
)

// A source is an opened model, whatever form its files have: what they say of it, and where its tensors lie. Everything
// after it (the vocabulary, the weights, the engine) is the same for all forms. gguf.go makes one of a GGUF.
type source struct {
	shape   shape
	vocab   vocab.Source
	name    string              // what the model calls itself; empty where it does not
	blend   float64             // the weight of relevance that its card recommends; 0: none
	labels  []string            // what the rows of cls.output.weight stand for; nil: yes, then no, as converters write them
	tensors map[string]*stored  // by the names that GGUF has for them
	files   []*io.SectionReader // all bytes that the model is made of, for its fingerprint
}

// A stored tensor is one that lies in a file: rows x cols numbers, row by row.
type stored struct {
	name       string // in its file, for messages
	kind       gguf.Type
	rows, cols int
	data       *io.SectionReader
	refused    error // why it cannot be decoded, and what to take instead; nil if it can
}

// bytes reads the tensor as it is stored: rows of kind.RowSize(cols) bytes.
func (t *stored) bytes() ([]byte, error) {
	if t.data.Size() > math.MaxInt {
		return nil, fmt.Errorf("the tensor %q has %d bytes, more than this machine can address", t.name, t.data.Size())
	}
	b := make([]byte, t.data.Size())
	if err := gguf.ReadFull(b, t.data, 0); err != nil {
		return nil, fmt.Errorf("read the tensor %q: %w", t.name, err)
	}
	return b, nil
}

// float32 reads the tensor and decodes it.
func (t *stored) float32() ([]float32, error) {
	if t.refused != nil {
		return nil, t.refused
	}
	x, err := gguf.Numbers(t.data, t.kind)
	if err != nil {
		return nil, fmt.Errorf("read the tensor %q: %w", t.name, err)
	}
	return x, nil
}
