package main

// peak emits the loops of package peak: as many independent sums as hide an instruction's latency, and nothing else.
func peak() string {
	a := newAsm()
	z, y := zmm(), ymm()
	peakLoop(a, "vnni512", z.take(16), func(sum string) { a.op("VPDPBUSD Z30, Z31, %s", sum) })
	peakLoop(a, "fma512", zmm().take(16), func(sum string) { a.op("VFMADD231PS Z30, Z31, %s", sum) })
	peakLoop(a, "vnni256", y.take(14), func(sum string) { a.hand(vexVPDPBUSD(number(sum), 14, 15), "VPDPBUSD Y15, Y14, %s", sum) })
	peakLoop(a, "fma256", ymm().take(14), func(sum string) { a.op("VFMADD231PS Y14, Y15, %s", sum) })
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
