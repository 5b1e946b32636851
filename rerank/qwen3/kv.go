package qwen3

import "github.com/quern-search/quern/rerank/qwen3/internal/kernel"

// A kv holds the keys and values of n positions in one layer, as panels that the kernel multiplies by: for each key
// head keys [size/Cols][headDim][Cols] and values [headDim/Cols][size][Cols], where size is n rounded up to Cols.
// Places beyond n hold zeros.
type kv struct {
	n, size int
	k, v    []float32
}

// padCols rounds a number of positions up to whole panels.
func padCols(n int) int { return (n + kernel.Cols - 1) / kernel.Cols * kernel.Cols }

// kvNumbers is how many numbers a kv of n positions takes.
func kvNumbers(s shape, n int) int { return 2 * s.kvHeads * s.headDim * padCols(n) }

// newKV makes a kv of n positions from the start of buf, or from new memory if buf is nil.
func newKV(s shape, n int, buf []float32) kv {
	half := kvNumbers(s, n) / 2
	if buf == nil {
		buf = make([]float32, 2*half)
	}
	c := kv{n: n, size: padCols(n), k: buf[:half], v: buf[half : 2*half]}
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

// join returns the positions of c and, after them, those of next.
func (c kv) join(s shape, next kv) kv {
	if c.n == 0 {
		return next
	}
	const cols = kernel.Cols
	all := newKV(s, c.n+next.n, nil)
	for h := range s.kvHeads {
		k, v := all.head(s, h)
		at := 0
		for _, part := range []kv{c, next} {
			pk, pv := part.head(s, h)
			for pos := range part.n {
				from, to := pos/cols*s.headDim*cols+pos%cols, at/cols*s.headDim*cols+at%cols
				for d := 0; d < s.headDim*cols; d += cols {
					k[to+d] = pk[from+d]
				}
				for d := 0; d < s.headDim; d += cols {
					copy(v[d*all.size+at*cols:][:cols], pv[d*part.size+pos*cols:])
				}
				at++
			}
		}
	}
	return all
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
