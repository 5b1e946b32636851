//go:build !purego

package kernel

import "unsafe"

// depthBF16 is how many numbers of k are multiplied for all rows before the next: of four panels they take 32 KB.
const depthBF16 = 256

// mulBF16 is Set.MulBF16 by VDPBF16PS, in the order of mulQ8.
func (s tiles) mulBF16(c []float32, ldc int, a BF16Rows, rows int, w []uint16, n, k int, add bool) {
	if !checkBF16(c, ldc, a, (rows+s.height-1)/s.height*s.height, w, n, k) {
		return
	}
	panel := BF16Numbers(1, k)
	t := tile{lda: uintptr(2 * a.LD), ldb: uintptr(2 * panel), ldc: uintptr(4 * ldc)}
	for p := 0; p < n; {
		kind, _, width := s.next(p, n)
		for i := 0; i < k; i += depthBF16 {
			const turn = 8 // numbers of a turn of the loop
			t.b, t.k, t.add = unsafe.Pointer(&w[p*panel+i*Cols]), uintptr(min(depthBF16, k-i)/turn), 0
			if add || i > 0 {
				t.add = 1
			}
			for r := 0; r < rows; r += s.height {
				t.a, t.c = unsafe.Pointer(&a.Data[r*a.LD+i]), unsafe.Pointer(&c[r*ldc+p*Cols])
				t.run(kind)
			}
		}
		p += width
	}
}

// checkBF16 panics where a slice is shorter than what a product of so many rows touches. It is false where there is
// nothing to do.
func checkBF16(c []float32, ldc int, a BF16Rows, rows int, w []uint16, n, k int) bool {
	if rows == 0 || n == 0 || k == 0 {
		return false
	}
	multiple(k, Block)
	_, _, _ = c[(rows-1)*ldc+n*Cols-1], a.Data[(rows-1)*a.LD+k-1], w[BF16Numbers(n, k)-1]
	return true
}

// roundAVX512 is Set.Round.
func roundAVX512(dst []uint16, x []float32) {
	multiple(len(x), Block)
	if n := len(x) / Block; n > 0 {
		roundAsm(&dst[:len(x)][0], &x[0], n)
	}
}

// roundAsm is Set.Round on n > 0 times 32 numbers.
//
//go:noescape
func roundAsm(dst *uint16, x *float32, n int)

//go:noescape
func bf16AVX512x4(t *tile)

//go:noescape
func bf16AVX512x1(t *tile)
