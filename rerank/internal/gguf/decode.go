package gguf

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Decode turns stored bytes into numbers. src must hold exactly len(dst) numbers of a type that Readable accepts, in
// whole blocks.
func Decode(dst []float32, t Type, src []byte) error {
	if !t.Readable() {
		return fmt.Errorf("gguf: cannot decode %v, only %s", t, readable)
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
			dst[i] = half(src[2*i:])
		}
	case BF16:
		for i := range dst {
			dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
		}
	default:
		decode, g := t.decoder(), types[t]
		for ; len(dst) > 0; dst, src = dst[g.block:], src[g.bytes:] {
			decode(dst[:g.block], src[:g.bytes])
		}
	}
	return nil
}

// decoder returns what decodes one block, or nil for types that have no blocks or cannot be decoded.
func (t Type) decoder() func(dst []float32, src []byte) {
	switch t {
	case Q4_0:
		return decodeQ4_0
	case Q4_1:
		return decodeQ4_1
	case Q5_0:
		return decodeQ5_0
	case Q5_1:
		return decodeQ5_1
	case Q8_0:
		return decodeQ8_0
	case Q2_K:
		return decodeQ2K
	case Q3_K:
		return decodeQ3K
	case Q4_K:
		return decodeQ4K
	case Q5_K:
		return decodeQ5K
	case Q6_K:
		return decodeQ6K
	case IQ4_NL:
		return decodeIQ4NL
	case IQ4_XS:
		return decodeIQ4XS
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
