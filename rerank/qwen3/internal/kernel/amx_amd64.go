//go:build !purego

package kernel

import (
	"iter"
	"unsafe"
)

// AMX has eight tiles of up to 16 rows of 64 bytes. A tile of A has 32 numbers of each row in bfloat16, or 64 in 8 bits, and
// a tile of B as many of each column of a panel; one instruction multiplies the two. A strip is 32 rows of A by two panels:
// four tiles of sums, two of A and two of B, so that each tile that is loaded is multiplied twice.
//
// Tiles are configured and released within one function in assembly. In between a goroutine cannot be preempted, and a
// signal saves and restores them like any register.

// tileBytes is how much of a row of A, and of a panel of B, one tile takes.
const tileBytes, panelTileBytes = 64, 1024

// A strip is what the functions in assembly take: where some strips of A that lie below each other, a panel or two of B and
// their part of C begin. Assembly reads its fields by name.
type strip struct {
	a     unsafe.Pointer
	lda   uintptr // bytes from row to row
	b     unsafe.Pointer
	ldb   uintptr // from panel to panel
	c     unsafe.Pointer
	ldc   uintptr
	k     uintptr // tiles along k
	add   uintptr // 1: add to C
	count uintptr // strips
	shape tileShape

	height, width int // tiles of a strip: which function it is for
}

// A tileShape is how many rows of how many bytes each tile has, as LDTILECFG reads it.
type tileShape struct {
	palette uint8
	_       [15]uint8
	bytes   [16]uint16 // of a row
	rows    [16]uint8
}

// shapeOf is for strips of 1 to 32 rows.
func shapeOf(rows int) tileShape {
	s := tileShape{palette: 1}
	for tile := range 8 {
		s.bytes[tile], s.rows[tile] = tileBytes, 16
	}
	upper, lower := uint8(min(rows, 16)), uint8(rows-min(rows, 16))
	if lower == 0 { // one tile high; its sums are tiles 0 and 1
		s.rows[0], s.rows[1], s.rows[4] = upper, upper, upper
	} else {
		s.rows[2], s.rows[3], s.rows[5] = lower, lower, lower
	}
	return s
}

// A tiled product is C = A·B, or C += A·B if add is set, of rows x n panels x k tiles. The strip says where A, B and C
// begin and how far their rows and panels are apart.
type tiled struct {
	strip
	rows, n, k int
	depth      int // how many tiles along k are multiplied for all rows before the next
	add        bool
}

// strips cuts a product into strips, in the order that tiles.mulQ8 has: panels, then k, then rows. Each adds to the sums of
// the one before it along k. Those of 32 rows come in one, what remains below them in another; of A and C no row beyond the
// last is touched.
func (p tiled) strips() iter.Seq[strip] {
	return func(yield func(strip) bool) {
		s := p.strip
		for panel := 0; panel < p.n; panel += s.width {
			s.width = min(2, p.n-panel)
			for i := 0; i < p.k; i += p.depth {
				s.b = unsafe.Add(p.b, panel*int(p.ldb)+i*panelTileBytes)
				s.k, s.add = uintptr(min(p.depth, p.k-i)), 0
				if p.add || i > 0 {
					s.add = 1
				}
				for row, n := 0, 0; row < p.rows; row += n {
					if n = p.rows - row; n > 32 {
						n -= n % 32
					}
					s.a, s.c = unsafe.Add(p.a, row*int(p.lda)+i*tileBytes), unsafe.Add(p.c, row*int(p.ldc)+panel*4*Cols)
					s.count, s.shape, s.height = uintptr((n+31)/32), shapeOf(min(n, 32)), (min(n, 32)+15)/16
					if !yield(s) {
						return
					}
				}
			}
		}
	}
}
