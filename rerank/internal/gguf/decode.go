package gguf

import (
	"encoding/binary"
	"fmt"
	"math"
)

// q8Block is the number of values that share a scale in Q8_0.
const q8Block = 32

// Decode turns stored bytes into numbers. src must hold exactly len(dst) numbers of a type that Readable accepts, in
// whole blocks.
func Decode(dst []float32, t Type, src []byte) error {
	if !t.Readable() {
		return fmt.Errorf("gguf: cannot decode %v: only F32, F16, BF16 and Q8_0", t)
	}
	if t.RowSize(len(dst)) != len(src) {
		return fmt.Errorf("gguf: %d bytes of %v are not %d numbers", len(src), t, len(dst))
	}
	switch t {
	case F32:
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
		}
	case F16:
		for i := range dst {
			dst[i] = Half(binary.LittleEndian.Uint16(src[2*i:]))
		}
	case BF16:
		for i := range dst {
			dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
		}
	case Q8_0:
		for len(dst) > 0 {
			scale, quants := Half(binary.LittleEndian.Uint16(src)), src[2:2+q8Block]
			for i, q := range quants {
				dst[i] = scale * float32(int8(q))
			}
			dst, src = dst[q8Block:], src[2+q8Block:]
		}
	}
	return nil
}

// Half returns the value of an IEEE 754 half: a sign bit, five bits of exponent biased by 15, ten bits of fraction.
// Every half has its exact value as a float32, NaN payloads included.
func Half(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	switch exponent {
	case 0: // zero, or a subnormal: fraction * 2^-24, which a float32 holds as a normal number
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*(1.0/(1<<24))))
	case 31: // infinity, or NaN
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
