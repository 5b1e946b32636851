package qwen3

import (
	"context"
	"iter"
	"math"

	"github.com/quern-search/quern/rerank/qwen3/internal/kernel"
	"github.com/quern-search/quern/rerank/qwen3/internal/tensor"
)

// A kv holds the keys and values of n positions in one layer, as panels that the kernel multiplies by: for each key
// head keys [size/Cols][headDim][Cols] and values [headDim/Cols][size][Cols], where size is n rounded up to Cols.
// Places beyond n hold zeros.
type kv struct {
	n, size int
	k, v    []float32
}

// kvNumbers is how many numbers a kv of n positions takes.
func kvNumbers(s shape, n int) int { return 2 * s.kvHeads * s.headDim * tensor.PadCols(n) }

// newKV makes a kv of n positions from the start of buf, or from new memory if buf is nil.
func newKV(s shape, n int, buf []float32) kv {
	half := kvNumbers(s, n) / 2
	if buf == nil {
		buf = make([]float32, 2*half)
	}
	c := kv{n: n, size: tensor.PadCols(n), k: buf[:half], v: buf[half : 2*half]}
	clear(c.k)
	clear(c.v)
	return c
}

// put stores the key and value rows of all heads at a position.
func (c kv) put(s shape, pos int, key, value []float32) {
	const cols = kernel.Cols
	for h := range s.kvHeads {
		k, v := c.head(s, h)
		panel := k[pos/cols*s.headDim*cols+pos%cols:]
		for d, x := range key[h*s.headDim:][:s.headDim] {
			panel[d*cols] = x
		}
		row := value[h*s.headDim:]
		for d := 0; d < s.headDim; d += cols {
			copy(v[d*c.size+pos*cols:][:cols], row[d:])
		}
	}
}

// head returns the keys and the values of one head.
func (c kv) head(s shape, h int) (k, v []float32) {
	size := s.headDim * c.size
	return c.k[h*size:][:size], c.v[h*size:][:size]
}

// layOut gives each document of a batch room for its keys and values. They serve one layer after the other.
func (w *worker) layOut(documents [][]int32) {
	numbers := 0
	for _, ids := range documents {
		numbers += kvNumbers(w.shape, len(ids))
	}
	w.keyValues = grow(w.keyValues, numbers)
	w.docs = w.docs[:0]
	at := 0
	for _, ids := range documents {
		w.docs = append(w.docs, newKV(w.shape, len(ids), w.keyValues[at:]))
		at += kvNumbers(w.shape, len(ids))
	}
}

// attend fills att for the rows of s, which are the rows from row on of the chunk: each sees the prefix and its own
// document up to itself. A tile of queries is multiplied by the key panels of both, the softmax runs over both, and
// the probabilities are multiplied by the value panels of both.
func (w *worker) attend(ctx context.Context, s span, row int, prefix kv) error {
	doc := w.docs[s.doc]
	w.scores = grow(w.scores, kernel.Rows*(prefix.size+doc.size+gap))
	for h := range w.shape.heads {
		for i := 0; i < s.rows; i += kernel.Rows {
			if err := ctx.Err(); err != nil {
				return err
			}
			t := queryTile{
				at: (row+i)*w.ldq() + h*w.shape.headDim, rows: min(kernel.Rows, s.rows-i), pos: s.pos + i,
				keyHead: h / (w.shape.heads / w.shape.kvHeads),
			}
			w.attendTile(t, prefix, doc)
		}
	}
	return nil
}

// A queryTile is up to kernel.Rows queries of one head: neighbours in one document.
type queryTile struct {
	at      int // where the first query begins in q, and its result in att
	rows    int
	pos     int // position of the first in its document
	keyHead int
}

func (w *worker) attendTile(t queryTile, prefix, doc kv) {
	const cols = kernel.Cols
	dim := w.shape.headDim
	seen := tensor.PadCols(t.pos + t.rows) // of the document; later keys are in the future of all rows
	ld := prefix.size + seen
	pk, pv := prefix.head(w.shape, t.keyHead)
	dk, dv := doc.head(w.shape, t.keyHead)
	q := w.q[t.at:]
	for p := 0; p < prefix.size; p += cols {
		w.kernel.Tile(w.scores[p:], ld, q, w.ldq(), pk[p*dim:], dim, false)
	}
	for p := 0; p < seen; p += cols {
		w.kernel.Tile(w.scores[prefix.size+p:], ld, q, w.ldq(), dk[p*dim:], dim, false)
	}
	var scale [kernel.Rows]float32
	for r := range t.rows {
		scale[r] = 1 / w.softmax(w.scores[r*ld:][:ld], prefix, t.pos+r)
	}
	var out [kernel.Rows * cols]float32
	for d := 0; d < dim; d += cols {
		if prefix.size > 0 {
			w.kernel.Tile(out[:], cols, w.scores, ld, pv[d*prefix.size:], prefix.size, false)
		}
		w.kernel.Tile(out[:], cols, w.scores[prefix.size:], ld, dv[d*doc.size:], seen, prefix.size > 0)
		for r := range t.rows {
			dst := w.att[t.at+r*w.ldq()+d:][:cols]
			for j := range dst {
				dst[j] = out[r*cols+j] * scale[r]
			}
		}
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

// A chunk is a run of at most chunkRows rows and the parts of spans in it.
type chunk struct {
	row, rows int
	spans     []span
}

// chunks cuts spans, which follow each other without gaps, into chunks.
func chunks(spans []span) iter.Seq[chunk] {
	return func(yield func(chunk) bool) {
		var c chunk
		for _, s := range spans {
			for s.rows > 0 {
				n := min(s.rows, chunkRows-c.rows)
				c.spans = append(c.spans, span{doc: s.doc, row: s.row, pos: s.pos, rows: n})
				c.rows += n
				s.row, s.pos, s.rows = s.row+n, s.pos+n, s.rows-n
				if c.rows == chunkRows {
					if !yield(c) {
						return
					}
					c = chunk{row: c.row + chunkRows, spans: c.spans[:0]}
				}
			}
		}
		if c.rows > 0 {
			yield(c)
		}
	}
}
