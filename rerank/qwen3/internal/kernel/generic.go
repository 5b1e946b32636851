package kernel

// generic is the Set in plain Go: the specification of all others, and what runs where there is no assembly.
func generic() Set {
	return Set{
		Name:        "generic",
		MulQ8:       mulQ8Generic,
		Quantise:    quantiseGeneric,
		Left:        leftSigned,
		OfBF16:      F32,
		OfBlocks:    Q8,
		MulBF16:     mulBF16Generic,
		Round:       roundGeneric,
		MulInt8:     mulInt8Generic,
		QuantiseRow: quantiseRowGeneric,
		MulF32:      mulF32Generic,
		Max:         maxGeneric,
		ExpSum:      expSumGeneric,
		SiLU:        siluGeneric,
		SumSquares:  sumSquaresGeneric,
		Scale:       scaleGeneric,
		Rotate:      rotateGeneric,
	}
}

// mulQ8Generic is the specification of Set.MulQ8, for activations as signed bytes.
func mulQ8Generic(c []float32, ldc int, a Q8Rows, rows int, w []byte, n, k int, add bool) {
	for r := range rows {
		for p := range n {
			sums := c[r*ldc+p*Cols:][:Cols]
			if !add {
				clear(sums)
			}
			for b := range k / Block {
				block := w[p*Q8Bytes(1, k)+b*blockBytes:][:blockBytes]
				whole := wholeSums(a.Data[r*a.LD+b*Block:][:Block], block)
				for j, s := range whole {
					sums[j] += float32(s) * (a.Scales[r*a.LDScales+b] * scaleOf(block, j))
				}
			}
		}
	}
}

// wholeSums multiplies 32 activations by the numbers of each column of a block.
func wholeSums(x, block []byte) (sums [Cols]int32) {
	for i := 0; i < Block; i += 4 {
		x, w := (*[4]byte)(x[i:]), (*[4 * Cols]byte)(block[i*Cols:])
		x0, x1, x2, x3 := int32(int8(x[0])), int32(int8(x[1])), int32(int8(x[2])), int32(int8(x[3]))
		for j := range Cols {
			sums[j] += x0*int32(int8(w[4*j])) + x1*int32(int8(w[4*j+1])) + x2*int32(int8(w[4*j+2])) + x3*int32(int8(w[4*j+3]))
		}
	}
	return sums
}

// tiniest is below what any block of activations of a working model holds; 127 divided by much less is no float32.
const tiniest = 1e-30

// quantiseGeneric is the specification of Set.Quantise. Its bytes are signed.
func quantiseGeneric(q []byte, scales []float32, x []float32) {
	for b := range scales[:len(x)/Block] {
		scales[b] = quantiseRowGeneric(q[b*Block:], x[b*Block:][:Block])
	}
}

// mulBF16Generic is the specification of Set.MulBF16, with its sums over k in order.
func mulBF16Generic(c []float32, ldc int, a BF16Rows, rows int, w []uint16, n, k int, add bool) {
	for r := range rows {
		for p := range n {
			sums := c[r*ldc+p*Cols:][:Cols]
			if !add {
				clear(sums)
			}
			panel := w[p*k*Cols:][:k*Cols]
			for i, x := range a.Data[r*a.LD:][:k] {
				pairs := panel[i/2*2*Cols:][:2*Cols]
				for j := range sums {
					sums[j] += fromBF16(x) * fromBF16(pairs[2*j+i%2])
				}
			}
		}
	}
}

// leftSigned is Set.Left for Sets whose bytes are signed. It has no assembly: few rows need it.
func leftSigned(left []float32, q []byte, scales []float32, x []float32) {
	leave(left, q, 0, scales, x)
}

// leftUnsigned is Set.Left for Sets that add 128 to their bytes.
func leftUnsigned(left []float32, q []byte, scales []float32, x []float32) {
	leave(left, q, 0x80, scales, x)
}

func leave(left []float32, q []byte, flip byte, scales []float32, x []float32) {
	for i, v := range x {
		// in float64, which does not fuse anything away and is the same on all machines
		left[i] = float32(float64(v) - float64(int8(q[i]^flip))*float64(scales[i/Block]))
	}
}

// roundGeneric is the specification of Set.Round.
func roundGeneric(dst []uint16, x []float32) {
	for i, v := range x {
		dst[i] = toBF16(v)
	}
}

// mulF32Generic is the specification of Set.MulF32.
func mulF32Generic(c []float32, ldc int, a []float32, lda, rows int, b []float32, ldb, n, k int, add bool) {
	for r := range rows {
		for p := range n {
			var sums [Cols]float32
			out := c[r*ldc+p*Cols:][:Cols]
			if add {
				copy(sums[:], out)
			}
			panel := b[p*ldb:][:k*Cols]
			for i, x := range a[r*lda:][:k] {
				for j, y := range (*[Cols]float32)(panel[i*Cols:]) {
					sums[j] += x * y
				}
			}
			copy(out, sums[:])
		}
	}
}

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

// siluGeneric is the specification of Set.SiLU.
func siluGeneric(gate, up []float32) {
	for i, g := range gate {
		gate[i] = g / (1 + exp(-g)) * up[i]
	}
}

// sumSquaresGeneric is the specification of Set.SumSquares: sums run in 16 lanes.
func sumSquaresGeneric(x []float32) float32 {
	var sum [16]float32
	for i, v := range x {
		sum[i%16] += v * v
	}
	var half [8]float32
	for i := range half {
		half[i] = sum[i] + sum[i+8]
	}
	return fold(half)
}

// scaleGeneric is the specification of Set.Scale.
func scaleGeneric(dst, x, weight []float32, scale float32) {
	for i, v := range x {
		dst[i] = v * scale * weight[i]
	}
}

// rotateGeneric is the specification of Set.Rotate.
func rotateGeneric(x, cos, sin []float32) {
	lo, hi := x[:len(cos)], x[len(cos):]
	for i, c := range cos {
		a, b := lo[i], hi[i]
		lo[i] = a*c - b*sin[i]
		hi[i] = b*c + a*sin[i]
	}
}

// fold adds up eight lanes as assembly does: halves, then quarters.
func fold(s [8]float32) float32 {
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}
