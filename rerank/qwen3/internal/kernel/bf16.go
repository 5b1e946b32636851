package kernel

import "math"

// A panel of weights in bfloat16 is a run of pairs, one for every two numbers of its 16 columns:
//
//	[k/2][16][2] bfloat16
//
// as VDPBF16PS takes them, 16 pairs at once, and TDPBF16PS, 16 rows of 16 pairs. A bfloat16 is the upper half of a
// float32: as large a range, 8 bits of precision.

// BF16Rows are rows of activations in bfloat16, as a Set's Round writes them, LD numbers apart.
type BF16Rows struct {
	Data []uint16
	LD   int
}

// BF16Numbers is how many numbers n panels of k numbers a column take. k is a multiple of Block.
func BF16Numbers(n, k int) int { return n * k * Cols }

// PackBF16 rounds one row of a weight matrix, which is a column of the panels, as Set.Round does. panels holds
// BF16Numbers(n, k) numbers for rows 0 to 16·n-1, of k numbers each.
func PackBF16(panels []uint16, row int, x []float32) {
	panel := panels[row/Cols*BF16Numbers(1, len(x)):][:BF16Numbers(1, len(x))]
	for i, v := range x {
		panel[(i/2*Cols+row%Cols)*2+i%2] = toBF16(v)
	}
}

// toBF16 rounds a number as Set.Round does.
func toBF16(x float32) uint16 {
	const sign, exponent, quiet = 0x8000, 0x7f800000, 0x40
	b := math.Float32bits(x)
	switch {
	case x != x:
		return uint16(b>>16) | quiet // it might be a NaN by its lower half only
	case b&exponent == 0:
		return uint16(b>>16) & sign
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16) // the largest become infinite
}

func fromBF16(x uint16) float32 { return math.Float32frombits(uint32(x) << 16) }
