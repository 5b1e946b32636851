package main

// int8s emits what stands around the products of Set.MulInt8, in AVX-512.
func int8s() string {
	a := newAsm()
	scaleInt8(a)
	quantiseRow(a)
	return a.String()
}

// scaleInt8 goes through rows of 16 whole sums.
func scaleInt8(a *asm) {
	a.line("\n// func scaleInt8(c *float32, ldc uintptr, sums *int32, n int, scales *float32, ldscales uintptr, columns *byte, add bool)")
	a.line("TEXT ·scaleInt8(SB), NOSPLIT, $0-57")
	for _, arg := range [][2]string{
		{"c+0", "DI"}, {"ldc+8", "R9"}, {"sums+16", "SI"}, {"n+24", "CX"}, {"scales+32", "R8"}, {"ldscales+40", "R10"}, {"columns+48", "DX"},
	} {
		a.op("MOVQ %s(FP), %s", arg[0], arg[1])
	}
	a.op("MOVBLZX add+56(FP), AX")
	a.op("VMOVUPS (DX), Z3")
	a.line("\nloop:")
	a.op("VCVTDQ2PS (SI), Z0")
	a.op("VBROADCASTSS (R8), Z1")
	a.op("VMULPS Z3, Z1, Z1")
	a.op("VMULPS Z1, Z0, Z0")
	a.op("TESTQ AX, AX")
	a.op("JEQ put")
	a.op("VADDPS (DI), Z0, Z0")
	a.line("\nput:")
	a.op("VMOVUPS Z0, (DI)")
	a.op("ADDQ R9, DI")
	a.op("ADDQ $128, SI")
	a.op("ADDQ R10, R8")
	a.op("DECQ CX")
	a.op("JNZ loop")
	a.end()
}

// quantiseRow finds the largest number, then divides all by its 127th part. As bits without their signs numbers order like
// whole numbers, with NaN at the top.
func quantiseRow(a *asm) {
	a.line("\n// func quantiseRowAsm(q *byte, x *float32, n int) float32")
	a.line("TEXT ·quantiseRowAsm(SB), NOSPLIT, $0-28")
	a.op("MOVQ q+0(FP), DI")
	a.op("MOVQ x+8(FP), SI")
	a.op("MOVQ n+16(FP), CX")
	a.op("MOVL $0x7fffffff, AX")
	a.op("VPBROADCASTD AX, Z5")
	a.op("VPXORD Z0, Z0, Z0")
	a.op("MOVQ SI, DX")
	a.op("MOVQ CX, BX")
	a.line("\nlargest:")
	a.op("VPANDD (DX), Z5, Z1")
	a.op("VPMAXUD Z1, Z0, Z0")
	a.op("ADDQ $64, DX")
	a.op("DECQ BX")
	a.op("JNZ largest")
	a.op("VEXTRACTI64X4 $1, Z0, Y1")
	a.op("VPMAXUD Y1, Y0, Y0")
	a.op("VEXTRACTI128 $1, Y0, X1")
	a.op("VPMAXUD X1, X0, X0")
	a.op("VPSHUFD $0x4e, X0, X1")
	a.op("VPMAXUD X1, X0, X0")
	a.op("VPSHUFD $0xb1, X0, X1")
	a.op("VPMAXUD X1, X0, X0")
	a.op("MOVL $0x42fe0000, AX // 127")
	a.op("VMOVD AX, X2")
	a.op("VDIVSS X2, X0, X3")
	a.op("VMOVSS X3, ret+24(FP)")
	a.op("VXORPS X4, X4, X4")
	a.op("MOVL $0x0da24260, AX // 1e-30: below it all are zero")
	a.op("VMOVD AX, X1")
	a.op("VUCOMISS X1, X0 // a NaN is as if below")
	a.op("JB divided")
	a.op("VDIVSS X0, X2, X4")
	a.line("\ndivided:")
	a.op("VBROADCASTSS X4, Z4")
	a.line("\nround:")
	a.op("VMULPS (SI), Z4, Z1")
	a.op("VCVTPS2DQ Z1, Z1")
	a.op("VPMOVSDB Z1, X1")
	a.op("VMOVDQU X1, (DI)")
	a.op("ADDQ $64, SI")
	a.op("ADDQ $16, DI")
	a.op("DECQ CX")
	a.op("JNZ round")
	a.end()
}
