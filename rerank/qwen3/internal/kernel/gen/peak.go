package main

// peak emits the loops of package peak: as many independent sums as hide an instruction's latency, and nothing else.
func peak() string {
	a := newAsm()
	z, y := zmm(), ymm()
	peakLoop(a, "vnni512", z.take(16), func(sum string) { a.op("VPDPBUSD Z30, Z31, %s", sum) })
	peakLoop(a, "fma512", zmm().take(16), func(sum string) { a.op("VFMADD231PS Z30, Z31, %s", sum) })
	peakLoop(a, "vnni256", y.take(14), func(sum string) { a.hand(vexVPDPBUSD(number(sum), 14, 15), "VPDPBUSD Y15, Y14, %s", sum) })
	peakLoop(a, "fma256", ymm().take(14), func(sum string) { a.op("VFMADD231PS Y14, Y15, %s", sum) })
	peakLoop(a, "bf16512", zmm().take(16), func(sum string) { a.hand(evexVDPBF16PS(number(sum), 30, 31), "VDPBF16PS Z31, Z30, %s", sum) })
	peakTiles(a, "amxBF16", dotBF16)
	peakTiles(a, "amxInt8", dotInt8)
	return a.String()
}

// peakLoop runs n turns of one instruction for each sum.
func peakLoop(a *asm, name string, sums []string, instruction func(sum string)) {
	a.line("\n// func %s(n int)\nTEXT ·%s(SB), NOSPLIT, $0-8", name, name)
	a.op("MOVQ n+0(FP), CX")
	for _, s := range sums {
		a.op("VPXOR%s %s, %s, %s", map[byte]string{'Z': "D", 'Y': ""}[s[0]], s, s, s)
	}
	a.line("\nloop:")
	for _, s := range sums {
		instruction(s)
	}
	a.op("DECQ CX")
	a.op("JNZ loop")
	a.end()
}

// peakTiles runs n turns of four products of whole tiles, whose shape it makes on the stack.
func peakTiles(a *asm, name string, d dot) {
	a.line("\n// func %s(n int)\nTEXT ·%s(SB), NOSPLIT, $64-8", name, name)
	a.op("MOVQ n+0(FP), CX")
	a.op("XORQ BX, BX")
	a.op("MOVQ $0x0040004000400040, DX") // rows of 64 bytes, four tiles
	a.op("MOVQ $0x1010101010101010, SI") // 16 rows, eight tiles
	a.op("MOVQ $1, 0(SP)")
	for i, r := range []string{"BX", "DX", "DX", "BX", "BX", "SI", "BX"} {
		a.op("MOVQ %s, %d(SP)", r, 8+8*i)
	}
	a.op("LEAQ 0(SP), AX")
	a.hand(vexLDTILECFG("AX"), "LDTILECFG (AX)")
	for tile := range 8 {
		a.hand(vexTILEZERO(tile), "TILEZERO TMM%d", tile)
	}
	a.line("\nloop:")
	for i := range 4 {
		a.hand(d.code(tileSums+i, tileA+i/2, tileB+i%2), "%s TMM%d, TMM%d, TMM%d", d.mnemonic, tileB+i%2, tileA+i/2, tileSums+i)
	}
	a.op("DECQ CX")
	a.op("JNZ loop")
	a.hand(vexTILERELEASE(), "TILERELEASE")
	a.end()
}
