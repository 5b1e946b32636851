//go:build !purego

#include "textflag.h"

// func maxAsm(x *float32, n int) float32
//
// Two registers of eight, so that one comparison need not wait for the other.
TEXT ·maxAsm(SB), NOSPLIT, $0-20
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	VMOVUPS (DI), Y0
	VMOVAPS Y0, Y1
	TESTQ $8, CX
	JZ   maxLoop
	ADDQ $32, DI
	SUBQ $8, CX
	JZ   maxDone

maxLoop:
	VMAXPS (DI), Y0, Y0
	VMAXPS 32(DI), Y1, Y1
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ  maxLoop

maxDone:
	VMAXPS Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VMAXPS X1, X0, X0
	VMOVHLPS X0, X0, X1
	VMAXPS X1, X0, X0
	VMOVSHDUP X0, X1
	VMAXSS X1, X0, X0
	VMOVSS X0, ret+16(FP)
	VZEROUPPER
	RET

// The constants of exp in generic.go, as float32 bits; bias is the exponent bias of a float32 as an integer.
DATA expTable<>+0(SB)/4, $0x3fb8aa3b // log2e
DATA expTable<>+4(SB)/4, $0x3f318000 // ln2Hi
DATA expTable<>+8(SB)/4, $0xb95e8083 // ln2Lo
DATA expTable<>+12(SB)/4, $0x39506967 // exp0
DATA expTable<>+16(SB)/4, $0x3ab743ce // exp1
DATA expTable<>+20(SB)/4, $0x3c088908 // exp2
DATA expTable<>+24(SB)/4, $0x3d2aa9c1 // exp3
DATA expTable<>+28(SB)/4, $0x3e2aaaaa // exp4
DATA expTable<>+32(SB)/4, $0x3f000000 // exp5
DATA expTable<>+36(SB)/4, $0x3f800000 // one
DATA expTable<>+40(SB)/4, $0x42b00000 // maxExp
DATA expTable<>+44(SB)/4, $0xc2aea8f6 // minExp
DATA expTable<>+48(SB)/4, $127 // bias
GLOBL expTable<>(SB), RODATA|NOPTR, $52

// EXP computes exp of Y0 in Y4, eight numbers as exp in exp.go: Y1 is the mask of results that are not 0 (x >= minExp, which is
// false for -Inf; a NaN stays NaN), Y2 is n, Y3 is r. The second source of VMINPS is x, so that a NaN stays.
#define EXP \
	VCMPPS  $0x0d, Y8, Y0, Y1; \
	VCMPPS  $0x03, Y0, Y0, Y2; \
	VORPS   Y2, Y1, Y1; \
	VMINPS  Y0, Y9, Y0; \
	VMULPS  Y10, Y0, Y2; \
	VROUNDPS $0, Y2, Y2; \
	VMOVAPS Y0, Y3; \
	VFNMADD231PS Y11, Y2, Y3; \
	VFNMADD231PS Y12, Y2, Y3; \
	VMOVAPS Y13, Y4; \
	VBROADCASTSS expTable<>+16(SB), Y0; \
	VFMADD213PS Y0, Y3, Y4; \
	VBROADCASTSS expTable<>+20(SB), Y0; \
	VFMADD213PS Y0, Y3, Y4; \
	VBROADCASTSS expTable<>+24(SB), Y0; \
	VFMADD213PS Y0, Y3, Y4; \
	VBROADCASTSS expTable<>+28(SB), Y0; \
	VFMADD213PS Y0, Y3, Y4; \
	VBROADCASTSS expTable<>+32(SB), Y0; \
	VFMADD213PS Y0, Y3, Y4; \
	VMULPS  Y3, Y3, Y0; \
	VFMADD213PS Y3, Y0, Y4; \
	VADDPS  Y14, Y4, Y4; \
	VCVTPS2DQ Y2, Y2; \
	VPADDD  Y15, Y2, Y2; \
	VPSLLD  $23, Y2, Y2; \
	VMULPS  Y2, Y4, Y4; \
	VANDPS  Y1, Y4, Y4

// The constants that EXP keeps in registers.
#define EXPCONSTANTS \
	VBROADCASTSS expTable<>+44(SB), Y8; \
	VBROADCASTSS expTable<>+40(SB), Y9; \
	VBROADCASTSS expTable<>+0(SB), Y10; \
	VBROADCASTSS expTable<>+4(SB), Y11; \
	VBROADCASTSS expTable<>+8(SB), Y12; \
	VBROADCASTSS expTable<>+12(SB), Y13; \
	VBROADCASTSS expTable<>+36(SB), Y14; \
	VBROADCASTSS expTable<>+48(SB), Y15

// func expSumAsm(x *float32, n int, scale, shift float32) float32
//
// Y5 is the sum, Y6 scale, Y7 shift.
TEXT ·expSumAsm(SB), NOSPLIT, $0-28
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	VBROADCASTSS scale+16(FP), Y6
	VBROADCASTSS shift+20(FP), Y7
	VXORPS Y5, Y5, Y5
	EXPCONSTANTS

expLoop:
	VMOVUPS (DI), Y0
	VMULPS  Y6, Y0, Y0
	VSUBPS  Y7, Y0, Y0
	EXP
	VMOVUPS Y4, (DI)
	VADDPS  Y4, Y5, Y5
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  expLoop

	// ((0+4)+(2+6)) + ((1+5)+(3+7)), as in expSumGeneric
	VEXTRACTF128 $1, Y5, X0
	VADDPS X0, X5, X0
	VMOVHLPS X0, X0, X1
	VADDPS X1, X0, X0
	VMOVSHDUP X0, X1
	VADDSS X1, X0, X0
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET

// func siluAsm(gate, up *float32, n int)
TEXT ·siluAsm(SB), NOSPLIT, $0-24
	MOVQ gate+0(FP), DI
	MOVQ up+8(FP), SI
	MOVQ n+16(FP), CX
	VXORPS Y7, Y7, Y7
	EXPCONSTANTS

siluLoop:
	VMOVUPS (DI), Y6
	VSUBPS  Y6, Y7, Y0
	EXP
	VADDPS  Y14, Y4, Y4
	VDIVPS  Y4, Y6, Y6
	VMULPS  (SI), Y6, Y6
	VMOVUPS Y6, (DI)
	ADDQ $32, DI
	ADDQ $32, SI
	SUBQ $8, CX
	JNZ  siluLoop
	VZEROUPPER
	RET

// func sumSquaresAsm(x *float32, n int) float32
TEXT ·sumSquaresAsm(SB), NOSPLIT, $0-20
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1

sumSquaresLoop:
	VMOVUPS (DI), Y2
	VMOVUPS 32(DI), Y3
	VFMADD231PS Y2, Y2, Y0
	VFMADD231PS Y3, Y3, Y1
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ  sumSquaresLoop

	// fold in generic.go
	VADDPS Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS X1, X0, X0
	VMOVHLPS X0, X0, X1
	VADDPS X1, X0, X0
	VMOVSHDUP X0, X1
	VADDSS X1, X0, X0
	VMOVSS X0, ret+16(FP)
	VZEROUPPER
	RET

// func scaleAsm(dst, x, weight *float32, n int, scale float32)
TEXT ·scaleAsm(SB), NOSPLIT, $0-36
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ weight+16(FP), DX
	MOVQ n+24(FP), CX
	VBROADCASTSS scale+32(FP), Y0

scaleLoop:
	VMULPS  (SI), Y0, Y1
	VMULPS  (DX), Y1, Y1
	VMOVUPS Y1, (DI)
	ADDQ $32, DI
	ADDQ $32, SI
	ADDQ $32, DX
	SUBQ $8, CX
	JNZ  scaleLoop
	VZEROUPPER
	RET

// func rotateAsm(x, cos, sin *float32, n int)
//
// Y0 and Y1 are the pair, Y2 cos, Y3 sin.
TEXT ·rotateAsm(SB), NOSPLIT, $0-32
	MOVQ x+0(FP), DI
	MOVQ cos+8(FP), SI
	MOVQ sin+16(FP), DX
	MOVQ n+24(FP), CX
	LEAQ (DI)(CX*4), R8

rotateLoop:
	VMOVUPS (DI), Y0
	VMOVUPS (R8), Y1
	VMOVUPS (SI), Y2
	VMOVUPS (DX), Y3
	VMULPS  Y1, Y3, Y4
	VFMSUB231PS Y0, Y2, Y4 // a*cos - b*sin
	VMULPS  Y0, Y3, Y5
	VFMADD231PS Y1, Y2, Y5 // b*cos + a*sin
	VMOVUPS Y4, (DI)
	VMOVUPS Y5, (R8)
	ADDQ $32, DI
	ADDQ $32, R8
	ADDQ $32, SI
	ADDQ $32, DX
	SUBQ $8, CX
	JNZ  rotateLoop
	VZEROUPPER
	RET

// What quantiseAsm needs: the bits of a float32 without its sign, 127, tiniest, and where VPACKSSDW and VPACKSSWB, which
// work on halves of a register, leave the four bytes of each of their eight sources.
DATA quantiseTable<>+0(SB)/4, $0x7fffffff
DATA quantiseTable<>+4(SB)/4, $0x42fe0000 // 127
DATA quantiseTable<>+8(SB)/4, $0x0da24260 // tiniest
DATA quantiseTable<>+12(SB)/4, $0
DATA quantiseTable<>+16(SB)/4, $0
DATA quantiseTable<>+20(SB)/4, $4
DATA quantiseTable<>+24(SB)/4, $1
DATA quantiseTable<>+28(SB)/4, $5
DATA quantiseTable<>+32(SB)/4, $2
DATA quantiseTable<>+36(SB)/4, $6
DATA quantiseTable<>+40(SB)/4, $3
DATA quantiseTable<>+44(SB)/4, $7
GLOBL quantiseTable<>(SB), RODATA|NOPTR, $48

// func quantiseAsm(q *byte, scales, x *float32, n int, flip uint32)
//
// Y0..Y3 hold a block. The largest is found among bits, in which a NaN is above everything.
TEXT ·quantiseAsm(SB), NOSPLIT, $0-36
	MOVQ q+0(FP), DI
	MOVQ scales+8(FP), DX
	MOVQ x+16(FP), SI
	MOVQ n+24(FP), CX
	MOVL flip+32(FP), AX
	VMOVD AX, X15
	VPBROADCASTD X15, Y15
	VPBROADCASTD quantiseTable<>+0(SB), Y14
	VMOVSS quantiseTable<>+4(SB), X13
	VMOVSS quantiseTable<>+8(SB), X12
	VMOVDQU quantiseTable<>+16(SB), Y11

quantiseLoop:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VMOVUPS 64(SI), Y2
	VMOVUPS 96(SI), Y3
	VPAND Y14, Y0, Y4
	VPAND Y14, Y1, Y5
	VPAND Y14, Y2, Y6
	VPAND Y14, Y3, Y7
	VPMAXSD Y5, Y4, Y4
	VPMAXSD Y7, Y6, Y6
	VPMAXSD Y6, Y4, Y4
	VEXTRACTI128 $1, Y4, X5
	VPMAXSD X5, X4, X4
	VPSHUFD $0x4e, X4, X5
	VPMAXSD X5, X4, X4
	VPSHUFD $0xb1, X4, X5
	VPMAXSD X5, X4, X4
	VDIVSS X13, X4, X5 // scale = largest / 127
	VMOVSS X5, (DX)
	VDIVSS X4, X13, X6 // 127 / largest
	VCMPSS $0x0d, X12, X4, X7 // largest >= tiniest; false for NaN
	VANDPS X7, X6, X6
	VBROADCASTSS X6, Y6
	VMULPS Y6, Y0, Y0
	VMULPS Y6, Y1, Y1
	VMULPS Y6, Y2, Y2
	VMULPS Y6, Y3, Y3
	VCVTPS2DQ Y0, Y0 // rounds to nearest, ties to even
	VCVTPS2DQ Y1, Y1
	VCVTPS2DQ Y2, Y2
	VCVTPS2DQ Y3, Y3
	VPACKSSDW Y1, Y0, Y0
	VPACKSSDW Y3, Y2, Y2
	VPACKSSWB Y2, Y0, Y0
	VPERMD Y0, Y11, Y0
	VPXOR Y15, Y0, Y0
	VMOVDQU Y0, (DI)
	ADDQ $128, SI
	ADDQ $32, DI
	ADDQ $4, DX
	DECQ CX
	JNZ  quantiseLoop
	VZEROUPPER
	RET
