package gguf

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Q8Group is how many numbers share a scale in what Q8 returns.
const Q8Group = 32

// Blocked reports whether the type stores its numbers in blocks with scales, so that Q8 can turn them into 8 bits.
func (t Type) Blocked() bool { return t.decoder() != nil }

// Q8 turns stored bytes into whole numbers of 8 bits and a scale for every 32 of them: number i is the signed byte
// numbers[i] times scales[i/32]. src holds exactly len(numbers) numbers of a type that is Blocked, in whole blocks.
//
// For Q8_0, Q5_0, Q4_0, IQ4_NL and IQ4_XS, whose numbers are such products, that is exact. The other types have a minimum, or
// two scales for 32 numbers; theirs are rounded, by at most 1/254 of the largest of the 32, which is far less than the
// type itself has rounded away.
func Q8(numbers []byte, scales []float32, t Type, src []byte) error {
	if !t.Blocked() || t.RowSize(len(numbers)) != len(src) || len(scales) != len(numbers)/Q8Group {
		return fmt.Errorf("gguf: %d bytes of %v are not %d numbers in 8 bits with %d scales", len(src), t, len(numbers), len(scales))
	}
	if t == Q8_0 { // what most files have: nothing to compute
		for i := range scales {
			block := src[34*i:][:34]
			scales[i] = half(block)
			copy(numbers[Q8Group*i:], block[2:])
		}
		return nil
	}
	decode, g := t.decoder(), types[t]
	block := make([]float32, g.block)
	for ; len(numbers) > 0; numbers, src = numbers[g.block:], src[g.bytes:] {
		decode(block, src[:g.bytes])
		for i := 0; i < g.block; i += Q8Group {
			group := block[i:][:Q8Group]
			scale, exact := t.scale(src, i/Q8Group)
			if !exact {
				scale = largest(group) / math.MaxInt8
			}
			round(numbers[i:][:Q8Group], group, scale)
			scales[0], scales = scale, scales[1:]
		}
	}
	return nil
}

// scale returns the scale of a block's i-th 32 numbers where all of these are whole multiples of one.
func (t Type) scale(block []byte, i int) (scale float32, exact bool) {
	switch t {
	case Q5_0, Q4_0, IQ4_NL:
		return half(block), true
	case IQ4_XS:
		return half(block) * float32(scaleIQ4XS(binary.LittleEndian.Uint16(block[2:]), block[4:8], i)-32), true
	}
	return 0, false
}

func largest(x []float32) (top float32) {
	for _, v := range x {
		top = max(top, v, -v)
	}
	return top
}

// round divides by a scale. Numbers too small to have a scale are zeros.
func round(numbers []byte, x []float32, scale float32) {
	for i, v := range x {
		numbers[i] = 0
		if scale != 0 {
			numbers[i] = byte(int8(math.RoundToEven(float64(v) / float64(scale))))
		}
	}
}
