//go:build !purego

package kernel

import "unsafe"

// rowsInt8 is how many rows mulInt8AMX multiplies before it scales their sums.
const rowsInt8 = 128

// mulInt8AMX is Set.MulInt8 by TDPBSSD. Strips leave whole sums, two panels beside each other, which are then scaled.
func mulInt8AMX(c []float32, ldc int, a Q8Rows, rows int, w []byte, n, k int, add bool) {
	if rows == 0 || n == 0 || k == 0 {
		return
	}
	multiple(k, Block)
	_, _ = c[(rows-1)*ldc+n*Cols-1], w[Int8Bytes(n, k)-1]
	_, _ = a.Data[(rows-1)*a.LD+padInt8(k)-1], a.Scales[(rows-1)*a.LDScales]
	panel, sums := Int8Bytes(1, k), new([rowsInt8 * 2 * Cols]int32)
	for p := 0; p < n; p += 2 {
		pair := w[p*panel:][:min(2, n-p)*panel]
		for r := 0; r < rows; r += rowsInt8 {
			m := min(rowsInt8, rows-r)
			for s := range tiledInt8(sums, a.Data[r*a.LD:], a.LD, m, pair, k).strips() {
				s.runInt8()
			}
			for j := 0; j*panel < len(pair); j++ {
				scales := &pair[(j+1)*panel-4*Cols]
				scaleInt8(&c[r*ldc+(p+j)*Cols], uintptr(4*ldc), &sums[j*Cols], m, &a.Scales[r*a.LDScales], uintptr(4*a.LDScales), scales, add)
			}
		}
	}
}

// tiledInt8 is the product of up to rowsInt8 rows by up to two panels, all of k at once.
func tiledInt8(sums *[rowsInt8 * 2 * Cols]int32, a []byte, lda, rows int, pair []byte, k int) tiled {
	return tiled{
		strip: strip{
			a: unsafe.Pointer(&a[0]), lda: uintptr(lda),
			b: unsafe.Pointer(&pair[0]), ldb: uintptr(Int8Bytes(1, k)),
			c: unsafe.Pointer(sums), ldc: 4 * 2 * Cols,
		},
		rows: rows, n: len(pair) / Int8Bytes(1, k), k: padInt8(k) / Int8Step, depth: padInt8(k) / Int8Step,
	}
}

// runInt8 is runBF16 for TDPBSSD.
func (s *strip) runInt8() {
	switch [2]int{s.height, s.width} {
	case [2]int{2, 2}:
		amxInt8x2x2(s)
	case [2]int{2, 1}:
		amxInt8x2x1(s)
	case [2]int{1, 2}:
		amxInt8x1x2(s)
	default:
		amxInt8x1x1(s)
	}
}

// quantiseRowAVX512 is Set.QuantiseRow.
func quantiseRowAVX512(q []byte, x []float32) float32 {
	multiple(len(x), Block)
	if len(x) == 0 {
		return 0
	}
	return quantiseRowAsm(&q[:len(x)][0], &x[0], len(x)/16)
}

// scaleInt8 multiplies whole sums of n > 0 rows, which lie 128 bytes apart, by the scale of the row and those of 16 columns.
// Scales of rows are ldscales bytes apart. It puts the products into C, or adds them.
//
//go:noescape
func scaleInt8(c *float32, ldc uintptr, sums *int32, n int, scales *float32, ldscales uintptr, columns *byte, add bool)

// quantiseRowAsm is Set.QuantiseRow on n > 0 times 16 numbers.
//
//go:noescape
func quantiseRowAsm(q *byte, x *float32, n int) float32

//go:noescape
func amxInt8x2x2(s *strip)

//go:noescape
func amxInt8x2x1(s *strip)

//go:noescape
func amxInt8x1x2(s *strip)

//go:noescape
func amxInt8x1x1(s *strip)
