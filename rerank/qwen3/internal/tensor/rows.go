package tensor

import (
	"math"

	"github.com/quern-search/quern/rerank/qwen3/internal/kernel"
)

// gap is what strides are longer than rows: rows that lie a multiple of 4096 bytes apart fight for one place in the cache.
const gap = 16

// Rows are rows of activations: in float32, and in 8 bits or bfloat16 as soon as a matrix of that form asks for them. They
// are filled from the beginning by whoever owns them, who says with Changed that what was made of them is no more.
type Rows struct {
	Width, LD int       // numbers of a row, and from one row to the next
	Data      []float32 // room for kernel.PadRows of the rows

	// Fine are the numbers of rows that have twice as many bits where rows are rounded to 8 bits in blocks: what that leaves
	// is rounded again and multiplied as well, which is as good as float32. The other forms do not tell them apart.
	Fine []int

	// What Data is in other forms, where that is ready.
	q8    kernel.Q8Rows
	rest  kernel.Q8Rows // what q8 leaves of the fine rows, which lie there one after the other
	int8  kernel.Q8Rows // with one scale a row
	bf16  kernel.BF16Rows
	ready [kernel.Forms]bool

	left     []float32   // what q8 leaves of one row, before it is rounded
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
func (x *Rows) Changed(fine []int) { x.ready, x.Fine = [kernel.Forms]bool{}, fine }

// round makes sure that the first rows rows are there in the form that weights of that form are multiplied by.
func (x *Rows) round(k kernel.Set, form kernel.Form, rows int) {
	if x.ready[form] {
		return
	}
	x.ready[form] = true
	room := len(x.Data) / x.LD
	switch form {
	case kernel.Q8:
		x.quantise(k, rows, room)
	case kernel.BF16:
		if x.bf16.Data == nil {
			x.bf16.LD = x.Width + 2*gap
			x.bf16.Data = make([]uint16, room*x.bf16.LD)
		}
		for r := range rows {
			k.Round(x.bf16.Data[r*x.bf16.LD:], x.Row(r))
		}
	case kernel.Int8:
		x.int8 = x.roomQ8(x.int8, room, 1)
		for r := range rows {
			x.int8.Scales[r] = k.QuantiseRow(x.int8.Data[r*x.int8.LD:], x.Row(r))
		}
	}
}

// quantise rounds rows to 8 bits, and what that leaves of the fine ones.
func (x *Rows) quantise(k kernel.Set, rows, room int) {
	scales := x.Width/kernel.Block + 3
	x.q8 = x.roomQ8(x.q8, room, scales)
	x.rest = x.roomQ8(x.rest, kernel.PadRows(len(x.Fine)), scales)
	for r := range rows {
		x.put(k, x.q8, r, x.Row(r))
	}
	for i, r := range x.Fine {
		left := x.left[:x.Width]
		k.Left(left, x.q8.Data[r*x.q8.LD:], x.q8.Scales[r*x.q8.LDScales:], x.Row(r))
		x.put(k, x.rest, i, left)
	}
}

// addRest adds the products of what was left of the fine rows to those that they belong to.
func (x *Rows) addRest(y []float32, ldy int, rest []float32, width int) {
	for i, r := range x.Fine {
		row := y[r*ldy:][:width]
		for j, v := range rest[i*width:][:width] {
			row[j] += v
		}
	}
}

// roomQ8 returns room for n rows, with so many scales each: q where it is enough.
func (x *Rows) roomQ8(q kernel.Q8Rows, n, scales int) kernel.Q8Rows {
	ld := x.Width + 2*kernel.Block
	if len(q.Data) >= n*ld {
		return q
	}
	return kernel.Q8Rows{Data: make([]byte, n*ld), Scales: make([]float32, n*scales), LD: ld, LDScales: scales}
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
