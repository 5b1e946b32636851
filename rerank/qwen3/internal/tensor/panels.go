// Package tensor holds the matrices of the engine and the two operations on them that are not a kernel's business:
// a linear layer over many rows, and RMSNorm.
//
// A weight matrix is cut into panels of kernel.Cols output columns, so that the kernel reads it front to back. Rows of
// activations come in slices with a stride; since a tile is kernel.Rows high, a slice has room for [PadRows] rows, and
// what a tile computes in the rows beyond the last is rubbish that nobody reads. Read next: package kernel.
package tensor

import (
	"context"
	"fmt"
	"math"

	"github.com/quern-search/quern/rerank/qwen3/internal/kernel"
)

// Panels is a weight matrix that turns rows of In numbers into rows of Out numbers, laid out [Out/Cols][In][Cols].
type Panels struct {
	In, Out int
	data    []float32
}

// Pack lays a matrix of out rows and in columns, row-major as model files have it, out in panels. Both sizes must be
// multiples of kernel.Cols, as those of every published model are.
func Pack(w []float32, out, in int) (*Panels, error) {
	if len(w) != out*in {
		return nil, fmt.Errorf("tensor: a %d x %d matrix has %d numbers", out, in, len(w))
	}
	if out%kernel.Cols != 0 || in%kernel.Cols != 0 || out == 0 || in == 0 {
		return nil, fmt.Errorf("tensor: a matrix is %d x %d: both must be multiples of %d", out, in, kernel.Cols)
	}
	p := &Panels{In: in, Out: out, data: make([]float32, out*in)}
	for o := range out {
		panel, col := p.data[o/kernel.Cols*in*kernel.Cols:], o%kernel.Cols
		for i, x := range w[o*in:][:in] {
			panel[i*kernel.Cols+col] = x
		}
	}
	return p, nil
}

// Mul computes y = x·Wᵀ for rows rows of x (or y += x·Wᵀ if add is set), ldx and ldy numbers apart. Both slices have
// room for PadRows(rows) rows. It ends early with ctx's error, checked after each panel: a few megaflops.
func (p *Panels) Mul(ctx context.Context, k kernel.Set, y []float32, ldy int, x []float32, ldx, rows int, add bool) error {
	for o := 0; o < p.Out; o += kernel.Cols {
		if err := ctx.Err(); err != nil {
			return err
		}
		panel := p.data[o*p.In:][:p.In*kernel.Cols]
		for r := 0; r < rows; r += kernel.Rows {
			k.Tile(y[r*ldy+o:], ldy, x[r*ldx:], ldx, panel, p.In, add)
		}
	}
	return nil
}

// PadRows rounds a number of rows up to whole tiles.
func PadRows(n int) int { return (n + kernel.Rows - 1) / kernel.Rows * kernel.Rows }

// PadCols rounds a number of columns up to whole panels.
func PadCols(n int) int { return (n + kernel.Cols - 1) / kernel.Cols * kernel.Cols }

// RMSNorm writes x / sqrt(mean(x²) + eps) * weight to dst, which may be x. The mean is summed in float64, so that it
// is as good as exact at any width.
func RMSNorm(dst, x, weight []float32, eps float64) {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	scale := float32(1 / math.Sqrt(sum/float64(len(x))+eps))
	dst, weight = dst[:len(x)], weight[:len(x)]
	for i, v := range x {
		dst[i] = v * scale * weight[i]
	}
}
