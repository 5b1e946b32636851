//go:build !purego && (amd64 || arm64)

package kernel

// What stands between two multiplications, eight numbers at a time. The functions check lengths, which the assembly relies on.

func multiple(n, of int) {
	if n%of != 0 {
		panic("kernel: a length is not the multiple that it must be")
	}
}

// vecMax is Set.Max.
func vecMax(x []float32) float32 {
	multiple(len(x), 8)
	return maxAsm(&x[0], len(x))
}

// vecExpSum is Set.ExpSum.
func vecExpSum(x []float32, scale, shift float32) float32 {
	multiple(len(x), 8)
	if len(x) == 0 {
		return 0
	}
	return expSumAsm(&x[0], len(x), scale, shift)
}

// vecSiLU is Set.SiLU.
func vecSiLU(gate, up []float32) {
	multiple(len(gate), 8)
	if len(gate) > 0 {
		siluAsm(&gate[0], &up[:len(gate)][0], len(gate))
	}
}

// vecSumSquares is Set.SumSquares.
func vecSumSquares(x []float32) float32 {
	multiple(len(x), 16)
	if len(x) == 0 {
		return 0
	}
	return sumSquaresAsm(&x[0], len(x))
}

// vecScale is Set.Scale.
func vecScale(dst, x, weight []float32, scale float32) {
	multiple(len(x), 8)
	if len(x) > 0 {
		scaleAsm(&dst[:len(x)][0], &x[0], &weight[:len(x)][0], len(x), scale)
	}
}

// vecRotate is Set.Rotate.
func vecRotate(x, cos, sin []float32) {
	n := len(cos)
	multiple(n, 8)
	if n > 0 {
		rotateAsm(&x[:2*n][0], &cos[0], &sin[:n][0], n)
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
