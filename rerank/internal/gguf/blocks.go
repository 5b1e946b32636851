package gguf

import "encoding/binary"

// The formats whose blocks are 32 numbers, as GGML's ggml-common.h lays them out (block_q4_0 to block_q8_0). d and m are
// halves; number j has its lower four bits in qs[j%16], in the lower half of the byte for j < 16 and in the upper one
// for the rest, and its fifth bit, where it has one, is bit j of qh:
//
//	Q4_0  d, qs[16]               d * (q - 8)
//	Q4_1  d, m, qs[16]            d * q + m
//	Q5_0  d, qh (32 bits), qs[16] d * (q - 16)
//	Q5_1  d, m, qh, qs[16]        d * q + m
//	Q8_0  d, 32 signed bytes      d * q
//
// Every product is rounded to a float32 before anything is added to it, so that all machines decode a file to the same
// bits: without conversions like float32(d*q) a compiler may fuse the two, even across statements.

// smallBlock is the number of values that share a scale in these formats.
const smallBlock = 32

func half(src []byte) float32 { return Half(binary.LittleEndian.Uint16(src)) }

func decodeQ4_0(dst []float32, src []byte) {
	d, qs, dst := half(src), src[2:18], dst[:smallBlock]
	for j, q := range qs {
		dst[j] = d * float32(int(q&15)-8)
		dst[j+16] = d * float32(int(q>>4)-8)
	}
}

func decodeQ4_1(dst []float32, src []byte) {
	d, m, qs, dst := half(src), half(src[2:]), src[4:20], dst[:smallBlock]
	for j, q := range qs {
		dst[j] = float32(d*float32(q&15)) + m
		dst[j+16] = float32(d*float32(q>>4)) + m
	}
}

func decodeQ5_0(dst []float32, src []byte) {
	d, high, qs, dst := half(src), binary.LittleEndian.Uint32(src[2:]), src[6:22], dst[:smallBlock]
	for j, q := range qs {
		dst[j] = d * float32(int(uint32(q&15)|high>>j&1<<4)-16)
		dst[j+16] = d * float32(int(uint32(q>>4)|high>>(j+16)&1<<4)-16)
	}
}

func decodeQ5_1(dst []float32, src []byte) {
	d, m, dst := half(src), half(src[2:]), dst[:smallBlock]
	high, qs := binary.LittleEndian.Uint32(src[4:]), src[8:24]
	for j, q := range qs {
		dst[j] = float32(d*float32(uint32(q&15)|high>>j&1<<4)) + m
		dst[j+16] = float32(d*float32(uint32(q>>4)|high>>(j+16)&1<<4)) + m
	}
}

func decodeQ8_0(dst []float32, src []byte) {
	d, qs, dst := half(src), src[2:34], dst[:smallBlock]
	for j, q := range qs {
		dst[j] = d * float32(int8(q))
	}
}
