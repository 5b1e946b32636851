package qwen3

import (
	"context"
	"math"

	"github.com/quern-search/quern/rerank/qwen3/internal/kernel"
)

// queryRows is how many positions of one document attend together. Their queries of all heads that share keys are
// multiplied by these at once; keys after the first of them are masked, which costs more the more there are.
const queryRows = 12

// attention is the scratch memory of attending.
type attention struct {
	q      []float32 // queries [position][head of a group][headDim]
	scores []float32 // their scores, and then probabilities, of all keys
	out    []float32 // attended values, laid out as q
}

// attend fills att for the rows of s, which are the rows from row on of the chunk: each sees the prefix and its own
// document up to itself.
func (w *worker) attend(ctx context.Context, s span, row int, prefix kv) error {
	for h := range w.shape.kvHeads {
		for i := 0; i < s.rows; i += queryRows {
			if err := ctx.Err(); err != nil {
				return err
			}
			w.attendTile(queryTile{row: row + i, rows: min(queryRows, s.rows-i), pos: s.pos + i, keyHead: h}, prefix, w.docs[s.doc])
		}
	}
	return nil
}

// A queryTile is up to queryRows neighbours in one document, with the query heads that share one key head.
type queryTile struct {
	row     int // of the first in the chunk
	rows    int
	pos     int // of the first in its document
	keyHead int
}

// attendTile multiplies queries by the key panels of prefix and document, takes the softmax over both, and multiplies the
// probabilities by the value panels of both.
func (w *worker) attendTile(t queryTile, prefix, doc kv) {
	const cols = kernel.Cols
	a, dim, group := &w.attention, w.shape.headDim, w.shape.heads/w.shape.kvHeads
	seen := padCols(t.pos + t.rows) // of the document; later keys are in the future of all rows
	ld := prefix.size + seen + cols // not a power of two
	rows := t.rows * group
	padded := kernel.PadRows(rows)
	a.q, a.out = grow(a.q, padded*(dim+cols)), grow(a.out, padded*(dim+cols))
	a.scores = grow(a.scores, padded*ld)
	for i := range rows {
		head := w.q.Row(t.row + i/group)[(t.keyHead*group+i%group)*dim:]
		copy(a.q[i*(dim+cols):][:dim], head)
	}
	pk, pv := prefix.head(w.shape, t.keyHead)
	dk, dv := doc.head(w.shape, t.keyHead)
	mul := w.kernel.MulF32
	mul(a.scores, ld, a.q, dim+cols, rows, pk, dim*cols, prefix.size/cols, dim, false)
	mul(a.scores[prefix.size:], ld, a.q, dim+cols, rows, dk, dim*cols, seen/cols, dim, false)
	var sums [queryRows * maxGroup]float32
	for i := range rows {
		sums[i] = w.softmax(a.scores[i*ld:][:prefix.size+seen], prefix, t.pos+i/group)
	}
	mul(a.out, dim+cols, a.scores, ld, rows, pv, prefix.size*cols, dim/cols, prefix.size, false)
	mul(a.out, dim+cols, a.scores[prefix.size:], ld, rows, dv, doc.size*cols, dim/cols, seen, prefix.size > 0)
	for i := range rows {
		head := w.att.Row(t.row + i/group)[(t.keyHead*group+i%group)*dim:][:dim]
		w.kernel.Scale(head, a.out[i*(dim+cols):][:dim], w.ones, 1/sums[i])
	}
}

// softmax turns a row of scores into probabilities that still lack the division by their sum, which it returns. Keys
// after position pos of the document, and the places that pad the prefix, get exactly 0.
func (w *worker) softmax(row []float32, prefix kv, pos int) float32 {
	masked := float32(math.Inf(-1))
	fill(row[prefix.n:prefix.size], masked)
	fill(row[prefix.size+pos+1:], masked)
	return w.kernel.ExpSum(row, w.scale, w.kernel.Max(row)*w.scale)
}

func fill(x []float32, v float32) {
	for i := range x {
		x[i] = v
	}
}
