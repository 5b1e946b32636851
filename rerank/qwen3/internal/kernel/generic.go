package kernel

import "math"

// tileGeneric is the specification of Set.Tile.
func tileGeneric(c []float32, ldc int, a []float32, lda int, b []float32, k int, add bool) {
	for r := range Rows {
		var sum [Cols]float32
		row := c[r*ldc:][:Cols]
		if add {
			copy(sum[:], row)
		}
		for i, x := range a[r*lda:][:k] {
			panel := (*[Cols]float32)(b[i*Cols:])
			for j, y := range panel {
				sum[j] += x * y
			}
		}
		copy(row, sum[:])
	}
}

const (
	maxExp  = 88     // exp(88) is the last whole power that a float32 holds
	minExp  = -87.33 // below it exp is no normal float32
	lanes   = 8      // sums run in 8 lanes, as in an AVX2 register
	roundTo = 12582912
)

// The exponential is 2^n * e^r with n = round(x/ln 2) and |r| <= ln(2)/2, e^r by the polynomial of the Cephes
// library's expf (relative error 2e-7). ln 2 is split in two so that x - n*ln 2 keeps its bits.
const (
	log2e = 1.44269504088896341
	ln2Hi = 0.693359375
	ln2Lo = -2.12194440e-4
	exp0  = 1.9875691500e-4
	exp1  = 1.3981999507e-3
	exp2  = 8.3334519073e-3
	exp3  = 4.1665795894e-2
	exp4  = 1.6666665459e-1
	exp5  = 5.0000001201e-1
)

// maxGeneric is the specification of Set.Max.
func maxGeneric(x []float32) float32 {
	top := x[0]
	for _, v := range x {
		if v > top {
			top = v
		}
	}
	return top
}

// expSumGeneric is the specification of Set.ExpSum.
func expSumGeneric(x []float32, scale, shift float32) float32 {
	var sum [lanes]float32
	for i, v := range x {
		y := exp(v*scale - shift)
		x[i] = y
		sum[i%lanes] += y
	}
	return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]))
}

func exp(x float32) float32 {
	if x < minExp {
		return 0
	}
	if x > maxExp {
		x = maxExp
	}
	n := x*log2e + roundTo - roundTo // adding 1.5 * 2^23 rounds to a whole number
	r := x - n*ln2Hi
	r -= n * ln2Lo
	y := float32(exp0)
	y = y*r + exp1
	y = y*r + exp2
	y = y*r + exp3
	y = y*r + exp4
	y = y*r + exp5
	y = y*(r*r) + r + 1
	return y * math.Float32frombits(uint32(int32(n)+127)<<23)
}
