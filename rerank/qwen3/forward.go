package qwen3

import (
	"context"

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
// Rows of x are the tokens of all documents one after the other. Only the keys and values of a document need all its
// rows at once; everything else goes in chunks, so that memory stays small and a chunk stays in the cache. In the last
// layer only the last row of each document goes on.

// chunkRows is how many rows of a batch go through a layer at once: 42 tiles, a few hundred kilobytes of activations.
const chunkRows = 42 * kernel.Rows

// A span is a run of rows that hold the tokens of one document from position pos on. Positions count from the
// document's own first token; the prefix comes before.
type span struct {
	doc, row, pos, rows int
}

// A worker runs batches, one at a time. Its buffers are reused.
type worker struct {
	*Engine
	x, last   []float32 // states: of all rows, and of each document's last row; ldx apart
	h         []float32 // normalised states of a chunk, ldx apart
	q, att    []float32 // queries and attended values of a chunk, ldq apart
	k, v      []float32 // keys and values of a chunk, ldkv apart
	gate, up  []float32 // feed-forward of a chunk, ldf apart
	scores    []float32 // attention scores of one tile
	docs      []kv      // keys and values of each document in the present layer
	keyValues []float32 // their numbers
}

// Strides are 16 numbers longer than the rows: rows that lie a multiple of 4096 bytes apart fight for one cache set.
const gap = 16

func (w *worker) ldx() int  { return w.shape.hidden + gap }
func (w *worker) ldq() int  { return w.shape.heads*w.shape.headDim + gap }
func (w *worker) ldkv() int { return w.shape.kvHeads*w.shape.headDim + gap }
func (w *worker) ldf() int  { return w.shape.ffn + gap }

func newWorker(e *Engine) *worker {
	w := &worker{Engine: e}
	w.h = make([]float32, chunkRows*w.ldx())
	w.q = make([]float32, (chunkRows+kernel.Rows)*w.ldq()) // the last tile of a document may begin in the last row
	w.att = make([]float32, chunkRows*w.ldq())
	w.k = make([]float32, chunkRows*w.ldkv())
	w.v = make([]float32, chunkRows*w.ldkv())
	w.gate = make([]float32, chunkRows*w.ldf())
	w.up = make([]float32, chunkRows*w.ldf())
	return w
}

// prefix runs the shared tokens through all layers and returns their keys and values, one kv a layer. After the last
// layer's keys and values nothing of the prefix is needed.
func (w *worker) prefix(ctx context.Context, ids []int32) ([]kv, error) {
	if err := w.load([][]int32{ids}); err != nil {
		return nil, err
	}
	all := []span{{rows: len(ids)}}
	var prefix []kv
	for i := range w.weights.layers {
		l := &w.weights.layers[i]
		own := newKV(w.shape, len(ids), nil)
		w.docs = append(w.docs[:0], own)
		if err := w.keysAndValues(ctx, l, all, 0); err != nil {
			return nil, err
		}
		prefix = append(prefix, own)
		if i == len(w.weights.layers)-1 {
			break
		}
		if err := w.layer(ctx, l, w.x, all, kv{}); err != nil {
			return nil, err
		}
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
	for i := range w.weights.layers {
		l := &w.weights.layers[i]
		if err := w.keysAndValues(ctx, l, all, prefix[i].n); err != nil {
			return nil, err
		}
		x, rows := w.x, all
		if i == len(w.weights.layers)-1 {
			x, rows = w.lastRows(all), ends
		}
		if err := w.layer(ctx, l, x, rows, prefix[i]); err != nil {
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
func (w *worker) load(documents [][]int32) error {
	rows := 0
	for _, ids := range documents {
		rows += len(ids)
	}
	w.x = grow(w.x, tensor.PadRows(rows)*w.ldx())
	row := 0
	for _, ids := range documents {
		for _, id := range ids {
			if err := w.weights.embed.row(w.x[row*w.ldx():][:w.shape.hidden], id); err != nil {
				return err
			}
			row++
		}
	}
	return nil
}

// lastRows copies the last row of each document out of x.
func (w *worker) lastRows(all []span) []float32 {
	w.last = grow(w.last, tensor.PadRows(len(all))*w.ldx())
	for i, s := range all {
		copy(w.last[i*w.ldx():][:w.shape.hidden], w.x[(s.row+s.rows-1)*w.ldx():])
	}
	return w.last
}

// logits reads the answer off the last rows. The product is summed in float64: its terms nearly cancel.
func (w *worker) logits(documents int) []float64 {
	logits := make([]float64, documents)
	for i := range logits {
		x := w.last[i*w.ldx():][:w.shape.hidden]
		tensor.RMSNorm(x, x, w.weights.norm, w.shape.eps)
		for j, v := range x {
			logits[i] += float64(v) * float64(w.weights.head[j])
		}
	}
	return logits
}

// keysAndValues fills the documents' keys and values of layer l; offset is the length of the prefix.
func (w *worker) keysAndValues(ctx context.Context, l *layer, all []span, offset int) error {
	for c := range chunks(all) {
		w.normalise(l.attnNorm, w.x, c)
		if err := l.k.Mul(ctx, w.kernel, w.k, w.ldkv(), w.h, w.ldx(), c.rows, false); err != nil {
			return err
		}
		if err := l.v.Mul(ctx, w.kernel, w.v, w.ldkv(), w.h, w.ldx(), c.rows, false); err != nil {
			return err
		}
		for _, s := range c.spans {
			for i := range s.rows {
				row := (s.row - c.row + i) * w.ldkv()
				w.turn(w.k[row:], w.shape.kvHeads, l.kNorm, offset+s.pos+i)
				w.docs[s.doc].put(w.shape, s.pos+i, w.k[row:], w.v[row:])
			}
		}
	}
	return nil
}

// layer adds attention and feed-forward of layer l to the rows of x that spans names.
func (w *worker) layer(ctx context.Context, l *layer, x []float32, spans []span, prefix kv) error {
	for c := range chunks(spans) {
		w.normalise(l.attnNorm, x, c)
		if err := l.q.Mul(ctx, w.kernel, w.q, w.ldq(), w.h, w.ldx(), c.rows, false); err != nil {
			return err
		}
		for _, s := range c.spans {
			for i := range s.rows {
				w.turn(w.q[(s.row-c.row+i)*w.ldq():], w.shape.heads, l.qNorm, prefix.n+s.pos+i)
			}
			if err := w.attend(ctx, s, s.row-c.row, prefix); err != nil {
				return err
			}
		}
		rows := x[c.row*w.ldx():]
		if err := l.o.Mul(ctx, w.kernel, rows, w.ldx(), w.att, w.ldq(), c.rows, true); err != nil {
			return err
		}
		if err := w.feedForward(ctx, l, x, c); err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) feedForward(ctx context.Context, l *layer, x []float32, c chunk) error {
	w.normalise(l.ffnNorm, x, c)
	if err := l.gate.Mul(ctx, w.kernel, w.gate, w.ldf(), w.h, w.ldx(), c.rows, false); err != nil {
		return err
	}
	if err := l.up.Mul(ctx, w.kernel, w.up, w.ldf(), w.h, w.ldx(), c.rows, false); err != nil {
		return err
	}
	exp := w.h[:w.shape.ffn] // h is free again; a row of it holds the exponentials
	for r := range c.rows {
		gate, up := w.gate[r*w.ldf():][:w.shape.ffn], w.up[r*w.ldf():][:w.shape.ffn]
		copy(exp, gate)
		w.kernel.ExpSum(exp, -1, 0)
		for i, g := range gate {
			gate[i] = g / (1 + exp[i]) * up[i] // SiLU(g) = g * sigmoid(g)
		}
	}
	return l.down.Mul(ctx, w.kernel, x[c.row*w.ldx():], w.ldx(), w.gate, w.ldf(), c.rows, true)
}

// normalise fills h with the normalised rows of a chunk.
func (w *worker) normalise(weight, x []float32, c chunk) {
	for r := range c.rows {
		tensor.RMSNorm(w.h[r*w.ldx():][:w.shape.hidden], x[(c.row+r)*w.ldx():][:w.shape.hidden], weight, w.shape.eps)
	}
}

// grow returns a slice of n numbers, buf where it is long enough.
func grow(buf []float32, n int) []float32 {
	if cap(buf) < n {
		return make([]float32, n)
	}
	return buf[:n]
}
