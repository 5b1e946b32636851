package qwen3

import (
	"context"
	"errors"
	"runtime/debug"

	"github.com/quern-search/quern/rerank/qwen3/internal/kernel"
	"github.com/quern-search/quern/rerank/qwen3/internal/tensor"
)

// The forward pass of Qwen3 (Qwen3 technical report, arXiv 2505.09388, and the model's published code), for a batch of
// documents after a shared prefix:
//
//	x = E[token]
//	each layer:  x += Attention(RMSNorm(x)) · Woᵀ
//	             h  = RMSNorm(x);  x += (SiLU(h·Wgateᵀ) * h·Wupᵀ) · Wdownᵀ
//	logit = RMSNorm(x_last) · (E[yes] - E[no])
//
// Rows of x are the tokens of all documents one after the other, without padding between them. They go through a layer
// in chunks, so that memory stays small and a chunk stays in the cache; a row attends to earlier ones only, whose keys
// and values are there by then. In the last layer only the last row of each document goes on.

// chunkRows is how many rows of a batch go through a layer at once: 42 tiles, of which a layer's activations take about a
// megabyte in 8 bits.
const chunkRows = 42 * kernel.Rows

// ffnColumns is how many columns of the feed-forward block are computed at once, so that gate and up are still in the cache
// when they are multiplied.
const ffnColumns = 256

// A span is a run of rows that hold the tokens of one document from position pos on, to its last. Positions count from the
// document's own first token; the prefix comes before.
type span struct {
	doc, row, pos, rows int
	fine                bool // all rows count for much, not only the last: see chunk
}

// A worker runs batches, one at a time. Its buffers are reused.
type worker struct {
	*Engine
	x, last   *tensor.Rows // states: of all rows, and of each document's last row
	h         *tensor.Rows // normalised states of a chunk
	q         *tensor.Rows // queries of a chunk
	att       *tensor.Rows // attended values of a chunk
	k, v      *tensor.Rows // keys and values of a chunk
	ffn       *tensor.Rows // feed-forward of a chunk
	up        *tensor.Rows // the other factor of some of its columns
	attention attention
	docs      []kv      // keys and values of each document in the present layer
	keyValues []float32 // their numbers
	borrowed  int       // cores that it uses beside its own
}

// on is what products are computed by.
func (w *worker) on() tensor.Cores {
	return tensor.Cores{Kernel: w.kernel, Threads: 1 + w.borrowed}
}

func newWorker(e *Engine) *worker {
	s := e.shape
	rows := func(width int) *tensor.Rows { return tensor.NewRows(chunkRows, width) }
	return &worker{
		Engine: e,
		h:      rows(s.hidden),
		q:      rows(s.heads * s.headDim),
		att:    rows(s.heads * s.headDim),
		k:      rows(s.kvHeads * s.headDim),
		v:      rows(s.kvHeads * s.headDim),
		ffn:    rows(s.ffn),
		up:     rows(min(ffnColumns, s.ffn)),
	}
}

// prefix runs the shared tokens, which follow those of before, through all layers and returns the keys and values of both,
// one kv a layer. After the last layer's keys and values nothing of the prefix is needed.
func (w *worker) prefix(ctx context.Context, before []kv, ids []int32) ([]kv, error) {
	if err := w.load([][]int32{ids}); err != nil {
		return nil, err
	}
	all := []span{{rows: len(ids), fine: true}}
	var prefix []kv
	for i := range w.weights.layers {
		var b kv
		if before != nil {
			b = before[i]
		}
		own := newKV(w.shape, len(ids), nil)
		w.docs = append(w.docs[:0], own)
		if err := w.layer(ctx, &w.weights.layers[i], all, b, i == len(w.weights.layers)-1); err != nil {
			return nil, err
		}
		prefix = append(prefix, b.join(w.shape, own))
	}
	return prefix, nil
}

// score returns the logit of each document, given as the tokens that follow the prefix.
func (w *worker) score(ctx context.Context, prefix []kv, documents [][]int32) ([]float64, error) {
	if err := w.load(documents); err != nil {
		return nil, err
	}
	all, ends := spans(documents)
	w.layOut(documents)
	last := len(w.weights.layers) - 1
	for i := range w.weights.layers {
		if err := w.layer(ctx, &w.weights.layers[i], all, prefix[i], i == last); err != nil {
			return nil, err
		}
	}
	w.lastRows(all)
	for c := range chunks(ends) {
		if err := w.block(ctx, &w.weights.layers[last], w.last, c, prefix[last]); err != nil {
			return nil, err
		}
	}
	return w.logits(len(documents)), nil
}

// spans returns the rows of documents laid one after the other, and, for rows that hold only their last tokens, those.
func spans(documents [][]int32) (all, ends []span) {
	row := 0
	for i, ids := range documents {
		all = append(all, span{doc: i, row: row, rows: len(ids)})
		ends = append(ends, span{doc: i, row: i, pos: len(ids) - 1, rows: 1})
		row += len(ids)
	}
	return all, ends
}

// load fills x with the embeddings of the tokens.
func (w *worker) load(documents [][]int32) (err error) {
	rows := 0
	for _, ids := range documents {
		rows += len(ids)
	}
	w.x = w.states(w.x, rows)
	// Embeddings may be mapped from a file, and somebody may cut that off: an error, not the end of the program.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault := recover(); fault != nil {
			err = fileFault(fault)
		}
	}()
	row := 0
	for _, ids := range documents {
		for _, id := range ids {
			if err := w.weights.embed.row(w.x.Row(row), id); err != nil {
				return err
			}
			row++
		}
	}
	return nil
}

// fileFault makes an error of a panic because mapped memory is not there. It goes on with any other panic.
func fileFault(fault any) error {
	if _, ok := fault.(interface{ Addr() uintptr }); !ok {
		panic(fault)
	}
	return errors.New("qwen3: the model's file was cut off or written over while the model was in use: put it back, and open it again")
}

// states returns room for n states: x where it is enough.
func (w *worker) states(x *tensor.Rows, n int) *tensor.Rows {
	if x == nil || len(x.Data) < kernel.PadRows(n)*x.LD {
		return tensor.NewRows(n, w.shape.hidden)
	}
	return x
}

// lastRows copies the last row of each document out of x.
func (w *worker) lastRows(all []span) {
	w.last = w.states(w.last, len(all))
	for i, s := range all {
		copy(w.last.Row(i), w.x.Row(s.row+s.rows-1))
	}
}

// logits reads the answer off the last rows. The product is summed in float64: its terms nearly cancel.
func (w *worker) logits(documents int) []float64 {
	logits := make([]float64, documents)
	for i := range logits {
		x := w.last.Row(i)
		tensor.RMSNorm(w.kernel, x, x, w.weights.norm, w.shape.eps)
		for j, v := range x {
			logits[i] += float64(v) * float64(w.weights.head[j])
		}
	}
	return logits
}

// layer runs all rows of x through layer l. Of the last layer it computes the keys and values only.
func (w *worker) layer(ctx context.Context, l *layer, all []span, prefix kv, last bool) error {
	for c := range chunks(all) {
		w.normalise(l.attnNorm, w.x, c)
		if err := w.keysAndValues(ctx, l, c, prefix.n); err != nil {
			return err
		}
		if last {
			continue
		}
		if err := w.block(ctx, l, w.x, c, prefix); err != nil {
			return err
		}
	}
	return nil
}

// keysAndValues fills the documents' keys and values with those of a chunk, whose normalised states are in h; offset is
// the length of the prefix.
func (w *worker) keysAndValues(ctx context.Context, l *layer, c chunk, offset int) error {
	if err := w.mul(ctx, l.k, w.k, w.h, c.rows); err != nil {
		return err
	}
	if err := w.mul(ctx, l.v, w.v, w.h, c.rows); err != nil {
		return err
	}
	for _, s := range c.spans {
		for i := range s.rows {
			key := w.k.Row(s.row - c.row + i)
			w.turn(key, w.shape.kvHeads, l.kNorm, offset+s.pos+i)
			w.docs[s.doc].put(w.shape, s.pos+i, key, w.v.Row(s.row-c.row+i))
		}
	}
	return nil
}

// block adds attention and feed-forward of layer l to the rows of x that a chunk names.
func (w *worker) block(ctx context.Context, l *layer, x *tensor.Rows, c chunk, prefix kv) error {
	if x == w.last {
		w.normalise(l.attnNorm, x, c)
	}
	if err := w.mul(ctx, l.q, w.q, w.h, c.rows); err != nil {
		return err
	}
	for _, s := range c.spans {
		for i := range s.rows {
			w.turn(w.q.Row(s.row-c.row+i), w.shape.heads, l.qNorm, prefix.n+s.pos+i)
		}
		if err := w.attend(ctx, s, s.row-c.row, prefix); err != nil {
			return err
		}
	}
	w.att.Changed(c.fine)
	states := x.Data[c.row*x.LD:]
	if err := l.o.Mul(ctx, w.on(), states, x.LD, w.att, c.rows, 0, l.o.Out, true); err != nil {
		return err
	}
	w.normalise(l.ffnNorm, x, c)
	if err := w.feedForward(ctx, l, c); err != nil {
		return err
	}
	return l.down.Mul(ctx, w.on(), states, x.LD, w.ffn, c.rows, 0, l.down.Out, true)
}

// feedForward fills ffn with SiLU(h·Wgateᵀ) * h·Wupᵀ, some columns of all rows after the other.
func (w *worker) feedForward(ctx context.Context, l *layer, c chunk) error {
	for from := 0; from < w.shape.ffn; from += ffnColumns {
		to := min(from+ffnColumns, w.shape.ffn)
		if err := l.gate.Mul(ctx, w.on(), w.ffn.Data[from:], w.ffn.LD, w.h, c.rows, from, to, false); err != nil {
			return err
		}
		if err := l.up.Mul(ctx, w.on(), w.up.Data, w.up.LD, w.h, c.rows, from, to, false); err != nil {
			return err
		}
		for r := range c.rows {
			w.kernel.SiLU(w.ffn.Row(r)[from:to], w.up.Row(r)[:to-from])
		}
	}
	w.ffn.Changed(c.fine)
	return nil
}

// mul computes y = x·Wᵀ.
func (w *worker) mul(ctx context.Context, m *tensor.Matrix, y, x *tensor.Rows, rows int) error {
	return m.Mul(ctx, w.on(), y.Data, y.LD, x, rows, 0, m.Out, false)
}

// normalise fills h with the normalised rows of a chunk.
func (w *worker) normalise(weight []float32, x *tensor.Rows, c chunk) {
	for r := range c.rows {
		tensor.RMSNorm(w.kernel, w.h.Row(r), x.Row(c.row+r), weight, w.shape.eps)
	}
	w.h.Changed(c.fine)
}

// grow returns a slice of n numbers, buf where it is long enough.
func grow(buf []float32, n int) []float32 {
	if cap(buf) < n {
		return make([]float32, n)
	}
	return buf[:n]
}
