package qwen3

import (
	"fmt"
	"slices"

	"github.com/quern-search/quern/rerank/internal/gguf"
	"github.com/quern-search/quern/rerank/internal/vocab"
	"github.com/quern-search/quern/rerank/qwen3/internal/kernel"
	"github.com/quern-search/quern/rerank/qwen3/internal/tensor"
)

// weights are a model's numbers, ready for the forward pass.
type weights struct {
	embed  embedding
	layers []layer
	norm   []float32 // of the last RMSNorm
	head   []float32 // E[yes] - E[no]: the logit is its product with the last state
}

type layer struct {
	attnNorm, ffnNorm []float32 // RMSNorm before attention and before the feed-forward block, [hidden]
	qNorm, kNorm      []float32 // RMSNorm of each head's query and key, [headDim]
	q, k, v, o        *tensor.Matrix
	gate, up, down    *tensor.Matrix
}

// An embedding stays as the file has it: only the rows of the tokens that are read are decoded. Where the system can, it
// is mapped, so that it takes no memory of its own.
type embedding struct {
	kind  gguf.Type
	size  int // bytes of a row
	data  []byte
	unmap func() // nil if it is not mapped
}

func (e embedding) row(dst []float32, token int32) error {
	return gguf.Decode(dst, e.kind, e.data[int(token)*e.size:][:e.size])
}

// close gives the mapping back where the model is not opened after all.
func (e embedding) close() {
	if e.unmap != nil {
		e.unmap()
	}
}

// loader fetches tensors and keeps the first error, so that the list of a layer's tensors reads as one.
type loader struct {
	source *source
	form   func(*stored) kernel.Form // how a matrix is held
	err    error
}

func loadWeights(src *source, v *vocab.Vocabulary, form func(*stored) kernel.Form) (weights, error) {
	l, s := &loader{source: src, form: form}, src.shape
	var w weights
	w.norm = l.vector("output_norm.weight", s.hidden)
	w.embed = l.embedding("token_embd.weight", v.Size(), s.hidden)
	for i := 0; i < s.layers && l.err == nil; i++ { // before any is packed: a file may claim layers that it does not have
		l.find(fmt.Sprintf("blk.%d.attn_norm.weight", i), 1, s.hidden)
	}
	if l.err != nil {
		return w, l.err
	}
	// A layer at a time would leave all cores but one idle; all at once would hold every layer twice while it is packed.
	w.layers = make([]layer, s.layers)
	l.err = inParallel(s.layers, func(i int) error {
		one := &loader{source: src, form: form}
		w.layers[i] = one.layer(fmt.Sprintf("blk.%d.", i), s)
		return one.err
	})
	if l.err == nil {
		w.head, l.err = l.head(s, v)
	}
	return w, l.err
}

func (l *loader) layer(prefix string, s shape) layer {
	q, kv := s.heads*s.headDim, s.kvHeads*s.headDim
	return layer{
		attnNorm: l.vector(prefix+"attn_norm.weight", s.hidden),
		ffnNorm:  l.vector(prefix+"ffn_norm.weight", s.hidden),
		qNorm:    l.vector(prefix+"attn_q_norm.weight", s.headDim),
		kNorm:    l.vector(prefix+"attn_k_norm.weight", s.headDim),
		q:        l.matrix(prefix+"attn_q.weight", q, s.hidden),
		k:        l.matrix(prefix+"attn_k.weight", kv, s.hidden),
		v:        l.matrix(prefix+"attn_v.weight", kv, s.hidden),
		o:        l.matrix(prefix+"attn_output.weight", s.hidden, q),
		gate:     l.matrix(prefix+"ffn_gate.weight", s.ffn, s.hidden),
		up:       l.matrix(prefix+"ffn_up.weight", s.ffn, s.hidden),
		down:     l.matrix(prefix+"ffn_down.weight", s.hidden, s.ffn),
	}
}

// find returns the tensor of that name if it has rows x cols numbers that can be decoded.
func (l *loader) find(name string, rows, cols int) *stored {
	if l.err != nil {
		return nil
	}
	t, ok := l.source.tensors[name]
	switch {
	case !ok:
		l.err = fmt.Errorf("the tensor %q is missing: the file is no complete conversion of the model", name)
	case t.rows != rows || t.cols != cols:
		l.err = fmt.Errorf("the tensor %q is %d x %d, but the metadata says %d x %d", t.name, t.rows, t.cols, rows, cols)
	case t.refused != nil:
		l.err = t.refused
	default:
		return t
	}
	return nil
}

func (l *loader) decode(name string, rows, cols int) (x []float32) {
	if t := l.find(name, rows, cols); t != nil {
		x, l.err = t.float32()
	}
	return x
}

func (l *loader) vector(name string, n int) []float32 { return l.decode(name, 1, n) }

// matrix packs a weight matrix in the form that suits its file and the kernel.
func (l *loader) matrix(name string, out, in int) (m *tensor.Matrix) {
	if t := l.find(name, out, in); t != nil {
		m, l.err = t.pack(l.form(t))
	}
	return m
}

func (l *loader) embedding(name string, vocabulary, hidden int) (e embedding) {
	t := l.find(name, vocabulary, hidden)
	if t == nil {
		return e
	}
	e.kind, e.size = t.kind, t.kind.RowSize(t.cols)
	if e.data, e.unmap = mapped(t.data); e.data == nil {
		e.data, l.err = t.bytes()
	}
	return e
}

// scoreName is what transformers calls the one row of a classifier that judges, "yes" - "no". GGUF has no name for it.
const scoreName = "score.weight"

// head returns the difference of the rows that score "yes" and "no": of a classifier's own two rows, or one that is it, of
// the output matrix, or, where the model has none of its own, of the embeddings that it shares.
func (l *loader) head(s shape, v *vocab.Vocabulary) ([]float32, error) {
	if _, ok := l.source.tensors[scoreName]; ok {
		return l.vector(scoreName, s.hidden), l.err
	}
	if t, ok := l.source.tensors["cls.output.weight"]; ok {
		return l.classifier(t, s.hidden)
	}
	name := "token_embd.weight"
	if _, ok := l.source.tensors["output.weight"]; ok {
		name = "output.weight"
	}
	t := l.find(name, v.Size(), s.hidden)
	if t == nil {
		return nil, l.err
	}
	yes, err := t.row(v.Yes)
	if err != nil {
		return nil, err
	}
	no, err := t.row(v.No)
	if err != nil {
		return nil, err
	}
	return difference(yes, no), nil
}

func (l *loader) classifier(t *stored, hidden int) ([]float32, error) {
	labels := l.source.labels
	y, n := slices.Index(labels, "yes"), slices.Index(labels, "no")
	if len(labels) == 0 {
		y, n = 0, 1
	}
	if y < 0 || n < 0 || max(y, n) > 1 || t.rows != 2 || t.cols != hidden {
		return nil, fmt.Errorf(`the classifier %q is %d x %d with labels %q: a Qwen3-Reranker has two rows, yes and no`, t.name, t.rows, t.cols, labels)
	}
	w, err := t.float32()
	if err != nil {
		return nil, err
	}
	return difference(w[y*hidden:][:hidden], w[n*hidden:][:hidden]), nil
}

func difference(a, b []float32) []float32 {
	d := make([]float32, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	return d
}

// bytes is how much memory the packed matrices take.
func (w weights) bytes() (n int) {
	for _, l := range w.layers {
		for _, m := range l.matrices() {
			n += m.Bytes()
		}
	}
	return n
}

func (l layer) matrices() []*tensor.Matrix {
	return []*tensor.Matrix{l.q, l.k, l.v, l.o, l.gate, l.up, l.down}
}
