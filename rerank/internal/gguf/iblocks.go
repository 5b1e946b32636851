package gguf

import "encoding/binary"

// The formats whose four bits choose from sixteen values that lie closer together near zero, as GGML's ggml-common.h lays
// them out (block_iq4_nl, block_iq4_xs; the values are its kvalues_iq4nl). d is a half:
//
//	IQ4_NL  d, qs[16]                           32 numbers  d * values[q]
//	IQ4_XS  d, scales_h, scales_l[4], qs[128]   256 numbers in groups of 32  (d*(s-32)) * values[q]
//
// In each 32 numbers, number j is in the lower half of byte j for j < 16 and in the upper half of byte j-16 for the rest.

func nonlinear(dst []float32, d float32, qs []byte) {
	values := [16]float32{-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113}
	dst = dst[:smallBlock]
	for j, q := range qs[:16] {
		dst[j] = d * values[q&15]
		dst[j+16] = d * values[q>>4]
	}
}

func decodeIQ4NL(dst []float32, src []byte) { nonlinear(dst, half(src), src[2:18]) }

// decodeIQ4XS: a group's scale has its lower four bits in a half of scales_l, group after group, and its upper two in
// the 16 bits of scales_h.
func decodeIQ4XS(dst []float32, src []byte) {
	d, high, low, qs := half(src), binary.LittleEndian.Uint16(src[2:]), src[4:8], src[8:136]
	for g := range 8 {
		nonlinear(dst[32*g:], d*float32(scaleIQ4XS(high, low, g)-32), qs[16*g:])
	}
}

// scaleIQ4XS is the scale of group g, 0..63.
func scaleIQ4XS(high uint16, low []byte, g int) int {
	return int(low[g/2]>>(g%2*4)&15) | int(high>>(2*g)&3)<<4
}
