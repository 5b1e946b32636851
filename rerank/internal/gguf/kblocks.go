package gguf

// The K formats, whose blocks are 256 numbers in groups with scales of their own, as GGML's ggml-common.h lays them out
// (block_q2_K to block_q6_K). d and dmin are halves; s and m are a group's scale and minimum:
//
//	Q2_K  scales[16], qs[64], d, dmin              16 groups of 16  (d*s) * q - dmin*m
//	Q3_K  hmask[32], qs[64], scales[12], d         16 groups of 16  (d*(s-32)) * (q - 4)
//	Q4_K  d, dmin, scales[12], qs[128]              8 groups of 32  (d*s) * q - dmin*m
//	Q5_K  d, dmin, scales[12], qh[32], qs[128]      8 groups of 32  (d*s) * q - dmin*m
//	Q6_K  ql[128], qh[64], scales[16], d           16 groups of 16  (d*s) * (q - 32)
//
// Bits of a number lie in planes: the lower bits of number i of a run of 32 are in byte i, at a shift that says which
// run. Where a format has one or two bits more, they lie likewise in 32 bytes of their own. As in blocks.go, products
// are rounded before they are added to.

// decodeQ2K: byte g of the scales has group g's scale in its lower four bits and its minimum in the upper ones. Each
// half of the block has 32 bytes of two-bit numbers: four runs of 32, at shifts 0, 2, 4, 6.
func decodeQ2K(dst []float32, src []byte) {
	scales, qs, d, least := src[:16], src[16:80], half(src[80:]), half(src[82:])
	for g, scale := range scales {
		s, m := d*float32(scale&15), float32(least*float32(scale>>4))
		bits, shift := qs[g/8*32+g%2*16:][:16], g%8/2*2
		for j, b := range bits {
			dst[16*g+j] = float32(s*float32(b>>shift&3)) - m
		}
	}
}

// decodeQ3K: lower two bits as in Q2_K; bit r of hmask[i] is the third bit of number i of run r. The scales have six
// bits: lower four in the halves of the first eight bytes, upper two in the last four bytes.
func decodeQ3K(dst []float32, src []byte) {
	high, qs, scales, d := src[:32], src[32:96], src[96:108], half(src[108:])
	for g := range 16 {
		scale := int(scales[g%8]>>(g/8*4)&15 | scales[8+g%4]>>(g/4*2)&3<<4)
		s := d * float32(scale-32)
		bits, shift := qs[g/8*32+g%2*16:][:16], g%8/2*2
		top := high[g%2*16:][:16]
		for j, b := range bits {
			dst[16*g+j] = s * float32(int(b>>shift&3|top[j]>>(g/2)&1<<2)-4)
		}
	}
}

// scaleAndMin unpacks group g of the twelve bytes that Q4_K and Q5_K have for eight scales and eight minima of six bits.
// The first four of each lie in the lower six bits of bytes 0 to 3 and 4 to 7; of the others, the lower four bits are
// the halves of bytes 8 to 11, and the upper two are those that the first ones left free.
func scaleAndMin(packed []byte, g int) (scale, least float32) {
	if g < 4 {
		return float32(packed[g] & 63), float32(packed[g+4] & 63)
	}
	return float32(packed[g+4]&15 | packed[g-4]>>6<<4), float32(packed[g+4]>>4 | packed[g]>>6<<4)
}

// decodeQ4K: each 32 bytes hold two groups, one in their lower halves and one in their upper ones.
func decodeQ4K(dst []float32, src []byte) {
	d, least, scales, qs := half(src), half(src[2:]), src[4:16], src[16:144]
	for g := range 8 {
		scale, m := scaleAndMin(scales, g)
		s, m := d*scale, float32(least*m)
		out, shift := dst[32*g:][:32], g%2*4
		for j, b := range qs[g/2*32:][:32] {
			out[j] = float32(s*float32(b>>shift&15)) - m
		}
	}
}

// decodeQ5K is decodeQ4K with a fifth bit: bit g of qh[j] for number j of group g.
func decodeQ5K(dst []float32, src []byte) {
	d, least, scales, high, qs := half(src), half(src[2:]), src[4:16], src[16:48], src[48:176]
	for g := range 8 {
		scale, m := scaleAndMin(scales, g)
		s, m := d*scale, float32(least*m)
		out, shift := dst[32*g:][:32], g%2*4
		for j, b := range qs[g/2*32:][:32] {
			out[j] = float32(s*float32(b>>shift&15|high[j]>>g&1<<4)) - m
		}
	}
}

// decodeQ6K: each half of the block has 64 bytes of lower bits: runs 0 and 1 in their lower halves, 2 and 3 in the upper
// ones; and 32 bytes of upper bits, two a run at shifts 0, 2, 4, 6. Scales are signed bytes.
func decodeQ6K(dst []float32, src []byte) {
	low, high, scales, d := src[:128], src[128:192], src[192:208], half(src[208:])
	for g, scale := range scales {
		s := d * float32(int8(scale))
		run, side := g%8/2, g%2*16
		bits, shift := low[g/8*64+run%2*32+side:][:16], run/2*4
		top := high[g/8*32+side:][:16]
		out := dst[16*g:][:16]
		for j, b := range bits {
			out[j] = s * float32(int(b>>shift&15|top[j]>>(2*run)&3<<4)-32)
		}
	}
}
