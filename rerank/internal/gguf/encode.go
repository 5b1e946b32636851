package gguf

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Encode stores numbers as F32, F16, BF16 or Q8_0, rounding to the nearest value of it (ties to even; in Q8_0, away
// from zero, as GGML does). The numbers must fill whole blocks; a caller that breaks this gets a panic.
func Encode(t Type, data []float32) []byte {
	if !t.writable() || t.RowSize(len(data)) == 0 && len(data) > 0 {
		panic(fmt.Sprintf("gguf: %d numbers cannot be stored as %v", len(data), t))
	}
	out := make([]byte, 0, t.RowSize(len(data)))
	switch t {
	case F32:
		for _, x := range data {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
		}
	case F16:
		for _, x := range data {
			out = binary.LittleEndian.AppendUint16(out, ToHalf(x))
		}
	case BF16:
		for _, x := range data {
			out = binary.LittleEndian.AppendUint16(out, toBrain(x))
		}
	case Q8_0:
		for ; len(data) > 0; data = data[smallBlock:] {
			out = appendQ8(out, data[:smallBlock])
		}
	}
	return out
}

// appendQ8 appends a block: the scale that takes the largest magnitude to 127, and the quotients. They are quotients by
// the scale before it is rounded to a half, as in GGML's quantize_row_q8_0.
func appendQ8(out []byte, block []float32) []byte {
	largest := float32(0)
	for _, x := range block {
		largest = max(largest, float32(math.Abs(float64(x))))
	}
	scale, inverse := largest/127, float32(0)
	if scale > 0 {
		inverse = 1 / scale
	}
	out = binary.LittleEndian.AppendUint16(out, ToHalf(scale))
	for _, x := range block {
		out = append(out, byte(int8(math.Round(float64(x*inverse)))))
	}
	return out
}

// ToHalf returns the IEEE 754 half nearest to x, ties to even. What is too large becomes an infinity; NaN stays one.
func ToHalf(x float32) uint16 {
	b := math.Float32bits(x)
	sign, magnitude := uint16(b>>16)&0x8000, b&0x7fffffff
	switch {
	case magnitude > 0x7f800000: // NaN: keep the upper payload, and quiet it so that it cannot become an infinity
		return sign | 0x7e00 | uint16(magnitude>>13)&0x3ff
	case magnitude >= (127+16)<<23: // 65536 and above
		return sign | 0x7c00
	case magnitude >= (127-14)<<23: // normal: drop 13 bits; a carry out of the fraction steps the exponent, as it should
		return sign | uint16(roundShift(magnitude-(127-15)<<23, 13))
	case magnitude >= (127-25)<<23: // subnormal: the fraction with its hidden bit, in units of 2^-24
		exponent := magnitude >> 23
		return sign | uint16(roundShift(magnitude&0x7fffff|0x800000, 126-exponent))
	}
	return sign // below half of the smallest subnormal
}

// toBrain returns the upper half of x, rounded to nearest even.
func toBrain(x float32) uint16 {
	b := math.Float32bits(x)
	if b&0x7fffffff > 0x7f800000 { // NaN: rounding up could make it an infinity
		return uint16(b>>16) | 0x40
	}
	return uint16(roundShift(b, 16))
}

// roundShift returns b >> n, rounded to nearest, ties to even.
func roundShift(b, n uint32) uint32 {
	half := uint32(1)<<(n-1) - 1 + b>>n&1
	return (b + half) >> n
}
