package kernel

import (
	"encoding/binary"
	"math"
)

// The fast and inaccurate form. Where Q8 has a scale for 32 numbers this has one for a whole row, of weights as of
// activations, so that a sum is of whole numbers to its end. One large number then leaves few bits to all others of its row,
// and the activations of language models have such: the error of a product is several times that of Q8.
//
// A panel is a run of fours, then the scales of its columns:
//
//	[K/4][16][4] int8
//	[16] float32
//
// little-endian, where K is k rounded up to Int8Step; what is beyond k is zero.

// Int8Step is how many numbers of a row TDPBSSD takes.
const Int8Step = 64

// padInt8 is k rounded up.
func padInt8(k int) int { return (k + Int8Step - 1) / Int8Step * Int8Step }

// Int8Bytes is how many bytes n panels of k numbers a column take.
func Int8Bytes(n, k int) int { return n * (Cols*padInt8(k) + 4*Cols) }

// PackInt8 rounds one row of a weight matrix, which is a column of the panels, as Set.QuantiseRow does. panels holds
// Int8Bytes(n, k) bytes for rows 0 to 16·n-1, of k numbers each.
func PackInt8(panels []byte, row int, x []float32) {
	panel, column := panels[row/Cols*Int8Bytes(1, len(x)):][:Int8Bytes(1, len(x))], row%Cols
	numbers := make([]byte, len(x))
	scale := quantiseRowGeneric(numbers, x)
	for i, q := range numbers {
		panel[(i/4*Cols+column)*4+i%4] = q
	}
	binary.LittleEndian.PutUint32(panel[Cols*padInt8(len(x))+4*column:], math.Float32bits(scale))
}

// mulInt8Generic is the specification of Set.MulInt8.
func mulInt8Generic(c []float32, ldc int, a Q8Rows, rows int, w []byte, n, k int, add bool) {
	for r := range rows {
		for p := range n {
			panel := w[p*Int8Bytes(1, k):][:Int8Bytes(1, k)]
			var whole [Cols]int32
			for i, x := range a.Data[r*a.LD:][:k] {
				fours := panel[i/4*4*Cols:][:4*Cols]
				for j := range whole {
					whole[j] += int32(int8(x)) * int32(int8(fours[4*j+i%4]))
				}
			}
			for j, s := range whole {
				scale := math.Float32frombits(binary.LittleEndian.Uint32(panel[Cols*padInt8(k)+4*j:]))
				v, at := float32(s)*(a.Scales[r*a.LDScales]*scale), r*ldc+p*Cols+j
				if add {
					v += c[at]
				}
				c[at] = v
			}
		}
	}
}

// quantiseRowGeneric is the specification of Set.QuantiseRow.
func quantiseRowGeneric(q []byte, x []float32) float32 {
	top := uint32(0) // as bits, in which a NaN is above everything
	for _, v := range x {
		top = max(top, math.Float32bits(v)&0x7fffffff)
	}
	largest := math.Float32frombits(top)
	var inverse float32
	if largest >= tiniest {
		inverse = 127 / largest
	}
	for i, v := range x {
		q[i] = byte(int8(math.RoundToEven(float64(v * inverse))))
	}
	return largest / 127
}
