//go:build !purego

package kernel

import "golang.org/x/sys/cpu"

// nativeSets returns the Sets in assembly that this CPU runs, slowest first.
func nativeSets() []Set {
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		return []Set{{Name: "avx2", Tile: tileAVX2, Max: maxAVX2, ExpSum: expSumAVX2}}
	}
	return nil
}

// tileAVX2 checks the bounds that the assembly relies on, then does what tileGeneric does.
func tileAVX2(c []float32, ldc int, a []float32, lda int, b []float32, k int, add bool) {
	if k <= 0 || k%4 != 0 {
		panic("kernel: k is not a positive multiple of 4")
	}
	_, _, _ = c[(Rows-1)*ldc+Cols-1], a[(Rows-1)*lda+k-1], b[k*Cols-1]
	tileAsmAVX2(&c[0], 4*ldc, &a[0], 4*lda, &b[0], k, add)
}

// maxAVX2 checks the length, then does what maxGeneric does.
func maxAVX2(x []float32) float32 {
	if len(x) == 0 || len(x)%lanes != 0 {
		panic("kernel: length is not a positive multiple of 8")
	}
	return maxAsmAVX2(&x[0], len(x))
}

// expSumAVX2 checks the length, then does what expSumGeneric does.
func expSumAVX2(x []float32, scale, shift float32) float32 {
	if len(x)%lanes != 0 {
		panic("kernel: length is not a multiple of 8")
	}
	if len(x) == 0 {
		return 0
	}
	return expSumAsmAVX2(&x[0], len(x), scale, shift)
}

// tileAsmAVX2 is Set.Tile on pointers; ldc and lda count bytes.
//
//go:noescape
func tileAsmAVX2(c *float32, ldc int, a *float32, lda int, b *float32, k int, add bool)

// maxAsmAVX2 is Set.Max on n > 0 numbers from x, n a multiple of 8.
//
//go:noescape
func maxAsmAVX2(x *float32, n int) float32

// expSumAsmAVX2 is Set.ExpSum on n > 0 numbers from x, n a multiple of 8.
//
//go:noescape
func expSumAsmAVX2(x *float32, n int, scale, shift float32) float32
