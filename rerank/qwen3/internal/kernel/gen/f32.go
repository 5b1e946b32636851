package main

import "fmt"

// f32 emits the tiles of Set.MulF32.
func f32() string {
	a := newAsm()
	f32AVX512(a, 4)
	f32AVX512(a, 1)
	f32AVX2(a)
	return a.String()
}

// unroll is how many k one turn of the loop takes.
const unroll = 4

func loadF32(a *asm, height, width int) {
	aRows.load(a, "a", "lda", height)
	cRows.load(a, "c", "ldc", height)
	bPanels.load(a, width)
	a.arg("k", "CX")
}

// f32AVX512 is a tile of 6 rows by width panels, one register a panel.
func f32AVX512(a *asm, width int) {
	a.function(fmt.Sprintf("f32AVX512x%d", width), fmt.Sprintf("6 rows by %d panels of float32.", width))
	tileAVX512(a, width, "VMOVUPS", "VBROADCASTSS", func(b, x, sum string) { a.op("VFMADD231PS %s, %s, %s", b, x, sum) })
}

// tileAVX512 is the body of a tile of 6 rows by width panels whose steps along k take four bytes of each row: a number of
// float32, or two of bfloat16.
func tileAVX512(a *asm, width int, load, broadcast string, multiply func(b, x, sum string)) {
	const height = 6
	loadF32(a, height, width)
	z := zmm()
	sums, b, tmp := grid(z, height, width), z.take(width), z.take(4)
	begin(a, height, sums, 64)
	for u := range unroll {
		for j := range width {
			a.op("%s %s, %s", load, bPanels.at(j, u*64), b[j])
		}
		for i := range height {
			x := tmp[i%len(tmp)]
			a.op("%s %s, %s", broadcast, aRows.at(i, u*4), x)
			for j := range width {
				multiply(b[j], x, sums[i][j])
			}
		}
	}
	nextF32(a, height)
	store(a, height, sums, 64)
	a.end()
}

// f32AVX2 is a tile of 6 rows by one panel, two registers a row.
func f32AVX2(a *asm) {
	const height = 6
	a.function("f32AVX2", "6 rows by one panel of float32.")
	loadF32(a, height, 1)
	y := ymm()
	sums, b, tmp := grid(y, height, 2), y.take(2), y.rest()
	begin(a, height, sums, 32)
	for u := range unroll {
		for h := range 2 {
			a.op("VMOVUPS %s, %s", bPanels.at(0, u*64+32*h), b[h])
		}
		for i := range height {
			x := tmp[i%2]
			a.op("VBROADCASTSS %s, %s", aRows.at(i, u*4), x)
			for h := range 2 {
				a.op("VFMADD231PS %s, %s, %s", b[h], x, sums[i][h])
			}
		}
	}
	nextF32(a, height)
	store(a, height, sums, 32)
	a.end()
}

func nextF32(a *asm, height int) {
	aRows.advance(a, 4*unroll, height)
	a.op("ADDQ $%d, %s", 64*unroll, bPanels.base)
	a.op("DECQ CX")
	a.op("JNZ loop")
	a.line("")
}
