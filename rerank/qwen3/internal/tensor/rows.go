package tensor

import (
	"math"

	"github.com/quern-search/quern/rerank/qwen3/internal/kernel"
)

// gap is what strides are longer than rows: rows that lie a multiple of 4096 bytes apart fight for one place in the cache.
const gap = 16

// Rows are rows of activations: in float32, and in 8 bits as soon as a matrix in 8 bits asks for them. They are filled
// from the beginning by whoever owns them, who says with Changed that what was quantised is no more.
type Rows struct {
	Width, LD int       // numbers of a row, and from one row to the next
	Data      []float32 // room for kernel.PadRows of the rows

	// Fine are the numbers of rows that have twice as many bits where rows are quantised: what rounding to 8 bits leaves is
	// rounded to 8 bits again and multiplied as well, which is as good as float32.
	Fine []int

	q8    kernel.Q8Rows
	rest  kernel.Q8Rows // what q8 leaves of the fine rows, which lie there one after the other
	left  []float32     // the same before it is rounded, of one row
	ready bool          // whether q8 and rest hold what Data does

	products [][]float32 // of rest and some panels, one for each thread
}

// NewRows makes room for n rows of width numbers.
func NewRows(n, width int) *Rows {
	ld := width + gap
	return &Rows{Width: width, LD: ld, Data: make([]float32, kernel.PadRows(n)*ld), left: make([]float32, width)}
}

// Row is row i.
func (x *Rows) Row(i int) []float32 { return x.Data[i*x.LD:][:x.Width] }

// Changed says that the rows hold something else now, and which of them are fine.
func (x *Rows) Changed(fine []int) { x.ready, x.Fine = false, fine }

// quantise makes sure that the first rows rows are there in 8 bits.
func (x *Rows) quantise(k kernel.Set, rows int) {
	if x.ready {
		return
	}
	x.q8 = x.roomQ8(x.q8, len(x.Data)/x.LD)
	x.rest = x.roomQ8(x.rest, kernel.PadRows(len(x.Fine)))
	for r := range rows {
		x.put(k, x.q8, r, x.Row(r))
	}
	for i, r := range x.Fine {
		left := x.left[:x.Width]
		k.Left(left, x.q8.Data[r*x.q8.LD:], x.q8.Scales[r*x.q8.LDScales:], x.Row(r))
		x.put(k, x.rest, i, left)
	}
	x.ready = true
}

// roomQ8 returns room for n rows, q where it is enough.
func (x *Rows) roomQ8(q kernel.Q8Rows, n int) kernel.Q8Rows {
	if len(q.Data) >= n*(x.Width+2*kernel.Block) {
		return q
	}
	q.LD, q.LDScales = x.Width+2*kernel.Block, x.Width/kernel.Block+3
	q.Data, q.Scales = make([]byte, n*q.LD), make([]float32, n*q.LDScales)
	return q
}

// roomForRest returns room for the products of the fine rows with some panels, for each thread.
func (x *Rows) roomForRest(threads int) [][]float32 {
	for len(x.products) < threads {
		x.products = append(x.products, nil)
	}
	n := kernel.PadRows(len(x.Fine)) * panels * kernel.Cols
	for i, p := range x.products {
		if len(p) < n {
			x.products[i] = make([]float32, n)
		}
	}
	return x.products
}

func (x *Rows) put(k kernel.Set, q kernel.Q8Rows, i int, row []float32) {
	k.Quantise(q.Data[i*q.LD:], q.Scales[i*q.LDScales:], row)
}

// RMSNorm writes x / sqrt(mean(x²) + eps) * weight to dst, which may be x.
func RMSNorm(k kernel.Set, dst, x, weight []float32, eps float64) {
	mean := float64(k.SumSquares(x)) / float64(len(x))
	k.Scale(dst, x, weight, float32(1/math.Sqrt(mean+eps)))
}
