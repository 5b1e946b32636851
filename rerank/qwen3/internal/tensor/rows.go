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

	q8    kernel.Q8Rows
	ready int // how many rows q8 has
}

// NewRows makes room for n rows of width numbers.
func NewRows(n, width int) *Rows {
	ld := width + gap
	return &Rows{Width: width, LD: ld, Data: make([]float32, kernel.PadRows(n)*ld)}
}

// Row is row i.
func (x *Rows) Row(i int) []float32 { return x.Data[i*x.LD:][:x.Width] }

// Changed says that the rows hold something else now.
func (x *Rows) Changed() { x.ready = 0 }

// quantise makes sure that the first rows rows are there in 8 bits.
func (x *Rows) quantise(k kernel.Set, rows int) {
	if x.q8.Data == nil {
		n := len(x.Data) / x.LD
		x.q8.LD, x.q8.LDScales = x.Width+2*kernel.Block, x.Width/kernel.Block+3
		x.q8.Data, x.q8.Scales = make([]byte, n*x.q8.LD), make([]float32, n*x.q8.LDScales)
	}
	for ; x.ready < rows; x.ready++ {
		k.Quantise(x.q8.Data[x.ready*x.q8.LD:], x.q8.Scales[x.ready*x.q8.LDScales:], x.Row(x.ready))
	}
}

// RMSNorm writes x / sqrt(mean(x²) + eps) * weight to dst, which may be x.
func RMSNorm(k kernel.Set, dst, x, weight []float32, eps float64) {
	mean := float64(k.SumSquares(x)) / float64(len(x))
	k.Scale(dst, x, weight, float32(1/math.Sqrt(mean+eps)))
}
