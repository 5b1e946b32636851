//go:build !purego && (amd64 || arm64)

package kernel

import "unsafe"

// A tile is what the functions in assembly take: where a few rows of A, a panel or a few of B and their tile of C begin,
// and how many bytes the next row or panel is away. Assembly reads its fields by name.
type tile struct {
	a        unsafe.Pointer // first row
	lda      uintptr
	scales   unsafe.Pointer // of the first row, in 8 bits
	ldscales uintptr
	b        unsafe.Pointer // first panel
	ldb      uintptr
	c        unsafe.Pointer
	ldc      uintptr
	k        uintptr // turns of the loop: blocks of 32 numbers in 8 bits, 4 of float32, or 8 of bfloat16
	add      uintptr // 1: add to C
}

// A kind is one function in assembly. Those of an architecture, and run, which calls one, are in a file of its name, such
// as tiles_amd64.go.
type kind uint8

// tiles is how a class of CPU multiplies.
type tiles struct {
	height int  // rows of a tile
	width  int  // panels of a wide tile
	wide   kind // for as many panels as there are
	single kind // for those that remain, one by one

	low                int // rows of a low tile, for as few as that; 0: there is none
	lowWide, lowSingle kind
}

// next returns the tiles for the panels from p on, of n: for many rows, and for few.
func (s tiles) next(p, n int) (tall, low kind, width int) {
	if n-p < s.width {
		return s.single, s.lowSingle, 1
	}
	return s.wide, s.lowWide, s.width
}

// nearBlocks is how many blocks of all panels of a tile are multiplied for all rows before the next: 20 KB, which stay in the
// first-level cache while the rows go by.
const nearBlocks = 32

// mulQ8 is Set.MulQ8. The order is panels, then k, then rows: a piece of B is read once from memory and then, for each
// tile of rows, from the nearest cache.
func (s tiles) mulQ8(c []float32, ldc int, a Q8Rows, rows int, w []byte, n, k int, add bool) {
	blocks, padded := k/Block, (rows+s.height-1)/s.height*s.height
	if rows == 0 || n == 0 || blocks == 0 {
		return
	}
	// what the tiles touch, checked once for all
	_, _ = w[Q8Bytes(n, k)-1], c[(padded-1)*ldc+n*Cols-1]
	_, _ = a.Data[(padded-1)*a.LD+k-1], a.Scales[(padded-1)*a.LDScales+blocks-1]
	panel := Q8Bytes(1, k)
	t := tile{lda: uintptr(a.LD), ldscales: uintptr(4 * a.LDScales), ldb: uintptr(panel), ldc: uintptr(4 * ldc)}
	for p := 0; p < n; {
		tall, low, width := s.next(p, n)
		depth := nearBlocks / width
		for b := 0; b < blocks; b += depth {
			t.b, t.k, t.add = unsafe.Pointer(&w[p*panel+b*blockBytes]), uintptr(min(depth, blocks-b)), 0
			if add || b > 0 {
				t.add = 1
			}
			for r := 0; r < rows; r += s.height {
				t.a, t.scales = unsafe.Pointer(&a.Data[r*a.LD+b*Block]), unsafe.Pointer(&a.Scales[r*a.LDScales+b])
				t.c = unsafe.Pointer(&c[r*ldc+p*Cols])
				if rows-r <= s.low {
					t.run(low)
				} else {
					t.run(tall)
				}
			}
		}
		p += width
	}
}

// mulF32 is Set.MulF32.
func (s tiles) mulF32(c []float32, ldc int, a []float32, lda, rows int, b []float32, ldb, n, k int, add bool) {
	padded := (rows + s.height - 1) / s.height * s.height
	if rows == 0 || n == 0 || k == 0 {
		return
	}
	if k%4 != 0 {
		panic("kernel: k is not a multiple of 4")
	}
	_, _, _ = c[(padded-1)*ldc+n*Cols-1], a[(padded-1)*lda+k-1], b[(n-1)*ldb+k*Cols-1]
	t := tile{lda: uintptr(4 * lda), ldb: uintptr(4 * ldb), ldc: uintptr(4 * ldc), k: uintptr(k / 4)}
	if add {
		t.add = 1
	}
	for p := 0; p < n; {
		tall, _, width := s.next(p, n)
		t.b = unsafe.Pointer(&b[p*ldb])
		for r := 0; r < rows; r += s.height {
			t.a, t.c = unsafe.Pointer(&a[r*lda]), unsafe.Pointer(&c[r*ldc+p*Cols])
			t.run(tall)
		}
		p += width
	}
}
