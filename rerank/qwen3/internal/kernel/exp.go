package kernel

import "math"

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

// expSumGeneric is the specification of Set.ExpSum.
func expSumGeneric(x []float32, scale, shift float32) float32 {
	var sum [lanes]float32
	for i, v := range x {
		y := exp(v*scale - shift)
		x[i] = y
		sum[i%lanes] += y
	}
	return fold(sum)
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
