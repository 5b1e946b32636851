// Package tensor holds the matrices of the engine and what is done with whole rows of activations: linear layers, and RMSNorm.
//
// A weight matrix is cut into panels of kernel.Cols output columns, so that the kernel reads it front to back: in 8 bits, in
// bfloat16 or in float32, as its file and the CPU would have it. Rows of activations lie a stride apart; since a tile is
// kernel.Rows high, a slice has room for [kernel.PadRows] rows, and what a tile computes in the rows beyond the last is
// rubbish that nobody reads. Read next: rows.go, then package kernel.
package tensor

import (
	"context"
	"fmt"
	"sync"

	"github.com/quern-search/quern/rerank/qwen3/internal/kernel"
)

// A Matrix turns rows of In numbers into rows of Out numbers.
type Matrix struct {
	In, Out int

	// One of these has the weights.
	floats []float32 // panels [Out/Cols][In][Cols]
	brains []uint16  // bfloat16, in panels as package kernel has them
	bytes  []byte    // 8 bits with a scale for every kernel.Block, likewise
	int8s  []byte    // 8 bits with a scale for every row, likewise
}

// Pack lays a matrix of out rows and in columns, row-major as model files have it, out in panels of float32. Both sizes
// must be multiples of kernel.Cols, as those of every published model are.
func Pack(w []float32, out, in int) (*Matrix, error) {
	if len(w) != out*in {
		return nil, fmt.Errorf("tensor: a %d x %d matrix has %d numbers", out, in, len(w))
	}
	if err := checkSize(out, in, kernel.Cols); err != nil {
		return nil, err
	}
	m := &Matrix{In: in, Out: out, floats: make([]float32, out*in)}
	for o := range out {
		panel, col := m.floats[o/kernel.Cols*in*kernel.Cols:], o%kernel.Cols
		for i, x := range w[o*in:][:in] {
			panel[i*kernel.Cols+col] = x
		}
	}
	return m, nil
}

// PackQ8 lays out a matrix whose rows come as signed bytes with a scale for every kernel.Block of them: row fills numbers
// and scales with one row after the other. out must be a multiple of kernel.Cols and in one of kernel.Block.
func PackQ8(out, in int, row func(numbers []byte, scales []float32) error) (*Matrix, error) {
	if err := checkSize(out, in, kernel.Block); err != nil {
		return nil, err
	}
	m := &Matrix{In: in, Out: out, bytes: make([]byte, kernel.Q8Bytes(out/kernel.Cols, in))}
	numbers, scales := make([]byte, in), make([]float32, in/kernel.Block)
	for o := range out {
		if err := row(numbers, scales); err != nil {
			return nil, err
		}
		kernel.PackQ8(m.bytes, o, numbers, scales)
	}
	return m, nil
}

// PackBF16 lays out a matrix in bfloat16, to which its numbers are rounded: row fills x with one row after the other. out
// must be a multiple of kernel.Cols and in one of kernel.Block.
func PackBF16(out, in int, row func(x []float32) error) (*Matrix, error) {
	if err := checkSize(out, in, kernel.Block); err != nil {
		return nil, err
	}
	m := &Matrix{In: in, Out: out, brains: make([]uint16, kernel.BF16Numbers(out/kernel.Cols, in))}
	x := make([]float32, in)
	for o := range out {
		if err := row(x); err != nil {
			return nil, err
		}
		kernel.PackBF16(m.brains, o, x)
	}
	return m, nil
}

// PackInt8 is PackBF16 in 8 bits with a scale for every row.
func PackInt8(out, in int, row func(x []float32) error) (*Matrix, error) {
	if err := checkSize(out, in, kernel.Block); err != nil {
		return nil, err
	}
	m := &Matrix{In: in, Out: out, int8s: make([]byte, kernel.Int8Bytes(out/kernel.Cols, in))}
	x := make([]float32, in)
	for o := range out {
		if err := row(x); err != nil {
			return nil, err
		}
		kernel.PackInt8(m.int8s, o, x)
	}
	return m, nil
}

func checkSize(out, in, multiple int) error {
	if out%kernel.Cols != 0 || in%multiple != 0 || out == 0 || in == 0 {
		return fmt.Errorf("tensor: a matrix is %d x %d: its rows must be a multiple of %d, its columns of %d", out, in, kernel.Cols, multiple)
	}
	return nil
}

// Form is how the weights are held.
func (m *Matrix) Form() kernel.Form {
	switch {
	case m.bytes != nil:
		return kernel.Q8
	case m.brains != nil:
		return kernel.BF16
	case m.int8s != nil:
		return kernel.Int8
	}
	return kernel.F32
}

// Bytes is how much memory the weights take.
func (m *Matrix) Bytes() int { return 4*len(m.floats) + 2*len(m.brains) + len(m.bytes) + len(m.int8s) }

// Cores is what a product is computed by: a kernel, on so many cores. Its bits do not depend on how many.
type Cores struct {
	Kernel  kernel.Set
	Threads int
}

// panels is how many panels are multiplied between two looks at the context: a few million products.
const panels = 4

// Mul computes y = x·Wᵀ for the first rows rows of x (or y += x·Wᵀ if add is set), for output columns from to to, which
// are multiples of kernel.Cols. y begins with column from; its rows are ldy numbers apart, and it has room for
// kernel.PadRows(rows) of them. Mul ends early with ctx's error.
func (m *Matrix) Mul(ctx context.Context, on Cores, y []float32, ldy int, x *Rows, rows, from, to int, add bool) error {
	if rows == 0 {
		return nil
	}
	x.round(on.Kernel, m.Form(), rows)
	groups := (to - from + panels*kernel.Cols - 1) / (panels * kernel.Cols)
	threads := min(max(on.Threads, 1), groups)
	var running sync.WaitGroup
	errs, rest := make([]error, threads), x.roomForRest(threads)
	part := func(i int) {
		for g := groups * i / threads; g < groups*(i+1)/threads; g++ {
			if errs[i] = ctx.Err(); errs[i] != nil {
				return
			}
			o := from + g*panels*kernel.Cols
			m.columns(on.Kernel, y[o-from:], ldy, x, rows, o, min(o+panels*kernel.Cols, to), add, rest[i])
		}
	}
	for i := 1; i < threads; i++ {
		running.Go(func() { part(i) })
	}
	part(0)
	running.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// columns computes output columns from to to. rest has room for those columns of the fine rows.
func (m *Matrix) columns(k kernel.Set, y []float32, ldy int, x *Rows, rows, from, to int, add bool, rest []float32) {
	before, n := from/kernel.Cols, (to-from)/kernel.Cols
	switch m.Form() {
	case kernel.Q8:
		w := m.bytes[kernel.Q8Bytes(before, m.In):][:kernel.Q8Bytes(n, m.In)]
		k.MulQ8(y, ldy, x.q8, rows, w, n, m.In, add)
		k.MulQ8(rest, to-from, x.rest, len(x.Fine), w, n, m.In, false)
		x.addRest(y, ldy, rest, to-from)
	case kernel.BF16:
		w := m.brains[kernel.BF16Numbers(before, m.In):][:kernel.BF16Numbers(n, m.In)]
		k.MulBF16(y, ldy, x.bf16, rows, w, n, m.In, add)
	case kernel.Int8:
		w := m.int8s[kernel.Int8Bytes(before, m.In):][:kernel.Int8Bytes(n, m.In)]
		k.MulInt8(y, ldy, x.int8, rows, w, n, m.In, add)
	default:
		k.MulF32(y, ldy, x.Data, x.LD, rows, m.floats[from*m.In:], m.In*kernel.Cols, n, m.In, add)
	}
}
