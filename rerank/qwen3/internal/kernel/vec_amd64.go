//go:build !purego

package kernel

// What stands between two multiplications, eight numbers at a time. The functions check lengths, which the assembly relies on.

func multiple(n, of int) {
	if n%of != 0 {
		panic("kernel: a length is not the multiple that it must be")
	}
}

// maxAVX2 is Set.Max.
func maxAVX2(x []float32) float32 {
	multiple(len(x), 8)
	return maxAsm(&x[0], len(x))
}

// expSumAVX2 is Set.ExpSum.
func expSumAVX2(x []float32, scale, shift float32) float32 {
	multiple(len(x), 8)
	if len(x) == 0 {
		return 0
	}
	return expSumAsm(&x[0], len(x), scale, shift)
}

// siluAVX2 is Set.SiLU.
func siluAVX2(gate, up []float32) {
	multiple(len(gate), 8)
	if len(gate) > 0 {
		siluAsm(&gate[0], &up[:len(gate)][0], len(gate))
	}
}

// sumSquaresAVX2 is Set.SumSquares.
func sumSquaresAVX2(x []float32) float32 {
	multiple(len(x), 16)
	if len(x) == 0 {
		return 0
	}
	return sumSquaresAsm(&x[0], len(x))
}

// scaleAVX2 is Set.Scale.
func scaleAVX2(dst, x, weight []float32, scale float32) {
	multiple(len(x), 8)
	if len(x) > 0 {
		scaleAsm(&dst[:len(x)][0], &x[0], &weight[:len(x)][0], len(x), scale)
	}
}

// rotateAVX2 is Set.Rotate.
func rotateAVX2(x, cos, sin []float32) {
	n := len(cos)
	multiple(n, 8)
	if n > 0 {
		rotateAsm(&x[:2*n][0], &cos[0], &sin[:n][0], n)
	}
}

// quantiseSigned is Set.Quantise with bytes as they are.
func quantiseSigned(q []byte, scales []float32, x []float32) { quantiseAVX2(q, scales, x, 0) }

// quantiseUnsigned is Set.Quantise with 128 added to each byte.
func quantiseUnsigned(q []byte, scales []float32, x []float32) {
	quantiseAVX2(q, scales, x, 0x80808080)
}

func quantiseAVX2(q []byte, scales []float32, x []float32, flip uint32) {
	multiple(len(x), Block)
	if n := len(x) / Block; n > 0 {
		quantiseAsm(&q[:len(x)][0], &scales[:n][0], &x[0], n, flip)
	}
}

// maxAsm is Set.Max on n > 0 numbers from x, n a multiple of 8.
//
//go:noescape
func maxAsm(x *float32, n int) float32

// expSumAsm is Set.ExpSum on n > 0 numbers from x, n a multiple of 8.
//
//go:noescape
func expSumAsm(x *float32, n int, scale, shift float32) float32

// siluAsm is Set.SiLU on n > 0 numbers, n a multiple of 8.
//
//go:noescape
func siluAsm(gate, up *float32, n int)

// sumSquaresAsm is Set.SumSquares on n > 0 numbers, n a multiple of 16.
//
//go:noescape
func sumSquaresAsm(x *float32, n int) float32

// scaleAsm is Set.Scale on n > 0 numbers, n a multiple of 8.
//
//go:noescape
func scaleAsm(dst, x, weight *float32, n int, scale float32)

// rotateAsm is Set.Rotate on n > 0 pairs, n a multiple of 8.
//
//go:noescape
func rotateAsm(x, cos, sin *float32, n int)

// quantiseAsm is Set.Quantise on n > 0 blocks; every four bytes it writes are XORed with flip.
//
//go:noescape
func quantiseAsm(q *byte, scales, x *float32, n int, flip uint32)
