package main

import "fmt"

// bf16 emits the tiles of Set.MulBF16 by VDPBF16PS, and Set.Round.
func bf16() string {
	a := newAsm()
	bf16AVX512(a, 4)
	bf16AVX512(a, 1)
	roundAVX512(a)
	return a.String()
}

// bf16AVX512 is a tile of 6 rows by width panels, one register a panel. It is f32AVX512 with pairs of numbers where that
// has one, which take as many bytes.
func bf16AVX512(a *asm, width int) {
	a.function(fmt.Sprintf("bf16AVX512x%d", width), fmt.Sprintf("6 rows by %d panels, by VDPBF16PS.", width))
	tileAVX512(a, width, "VMOVDQU32", "VPBROADCASTD", func(b, x, sum string) {
		a.hand(evexVDPBF16PS(number(sum), number(x), number(b)), "VDPBF16PS %s, %s, %s", b, x, sum)
	})
}

// roundAVX512 rounds 32 numbers a turn.
func roundAVX512(a *asm) {
	a.line("\n// func roundAsm(dst *uint16, x *float32, n int)\nTEXT ·roundAsm(SB), NOSPLIT, $0-24")
	a.op("MOVQ dst+0(FP), DI")
	a.op("MOVQ x+8(FP), SI")
	a.op("MOVQ n+16(FP), CX")
	a.line("\nloop:")
	for i := range 2 {
		a.op("VMOVUPS %d(SI), Z%d", 64*i, i)
		a.hand(evexVCVTNEPS2BF16(i, i), "VCVTNEPS2BF16 Z%d, Y%d", i, i)
		a.op("VMOVDQU Y%d, %d(DI)", i, 32*i)
	}
	a.op("ADDQ $128, SI")
	a.op("ADDQ $64, DI")
	a.op("DECQ CX")
	a.op("JNZ loop")
	a.end()
}

// evexVDPBF16PS is VDPBF16PS dst, a, b on 512-bit registers: EVEX.512.F3.0F38.W0 52 /r. EVEX.vvvv is a and ModRM.rm is b
// (Intel's manual, volume 2, VDPBF16PS).
func evexVDPBF16PS(dst, a, b int) []byte { return evexF3(0x52, dst, a, b) }

// evexVCVTNEPS2BF16 rounds the 16 float32 of src into the lower half of dst: EVEX.512.F3.0F38.W0 72 /r.
func evexVCVTNEPS2BF16(dst, src int) []byte { return evexF3(0x72, dst, 0, src) }

// evexF3 is an instruction EVEX.512.F3.0F38.W0 on three registers (Intel's manual, volume 2, 2.7.1). All bits of
// register numbers beyond the third are stored inverted.
func evexF3(opcode byte, reg, vvvv, rm int) []byte {
	const map0F38, l512, always1, ppF3 = 2, 2 << 5, 1 << 2, 2
	bit := func(register, n int) byte { return byte(^register>>n) & 1 }
	return []byte{
		0x62,
		bit(reg, 3)<<7 | bit(rm, 4)<<6 | bit(rm, 3)<<5 | bit(reg, 4)<<4 | map0F38,
		byte(^vvvv&15)<<3 | always1 | ppF3,
		l512 | bit(vvvv, 4)<<3,
		opcode,
		0xc0 | byte(reg&7)<<3 | byte(rm&7),
	}
}
