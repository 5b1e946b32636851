//go:build !purego

package kernel

import "unsafe"

// mulBF16AMX is Set.MulBF16 by TDPBF16PS.
func mulBF16AMX(c []float32, ldc int, a BF16Rows, rows int, w []uint16, n, k int, add bool) {
	if !checkBF16(c, ldc, a, rows, w, n, k) {
		return
	}
	for s := range tiledBF16(c, ldc, a, rows, w, n, k, add).strips() {
		s.runBF16()
	}
}

// tiledBF16 takes 512 numbers of k at once: of two panels they are 32 KB, which stay in the first-level cache.
func tiledBF16(c []float32, ldc int, a BF16Rows, rows int, w []uint16, n, k int, add bool) tiled {
	return tiled{
		strip: strip{
			a: unsafe.Pointer(&a.Data[0]), lda: uintptr(2 * a.LD),
			b: unsafe.Pointer(&w[0]), ldb: uintptr(2 * BF16Numbers(1, k)),
			c: unsafe.Pointer(&c[0]), ldc: uintptr(4 * ldc),
		},
		rows: rows, n: n, k: k / 32, depth: 16, add: add,
	}
}

// runBF16 calls the function for the strip's size: by name, so that the compiler knows that s does not escape.
func (s *strip) runBF16() {
	switch [2]int{s.height, s.width} {
	case [2]int{2, 2}:
		amxBF16x2x2(s)
	case [2]int{2, 1}:
		amxBF16x2x1(s)
	case [2]int{1, 2}:
		amxBF16x1x2(s)
	default:
		amxBF16x1x1(s)
	}
}

// The functions that gen writes: strips of so many by so many tiles.

//go:noescape
func amxBF16x2x2(s *strip)

//go:noescape
func amxBF16x2x1(s *strip)

//go:noescape
func amxBF16x1x2(s *strip)

//go:noescape
func amxBF16x1x1(s *strip)
