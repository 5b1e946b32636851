package main

import "fmt"

// Where things lie in a block of a Q8 panel; package kernel says so too, as blockScales and blockSums.
const (
	stepBytes   = 64  // four numbers of each of 16 columns
	steps       = 8   // of a block
	scaleOffset = 512 // 16 float32
	sumOffset   = 576 // 16 int32: -128 times the sum of the column's 32 numbers
	blockBytes  = 640
)

// q8 emits the tiles of Set.MulQ8.
func q8() string {
	a := newAsm()
	for _, height := range []int{6, 2} { // many rows, and the few that remain or are fine
		q8AVX512(a, height, 2)
		q8AVX512(a, height, 1)
		q8AVXVNNI(a, height)
		q8AVX2(a, height)
	}
	return a.String()
}

var (
	aRows     = rows{low: "R8", high: "R10", stride: "R9"}
	scaleRows = rows{low: "AX", high: "R15", stride: "BX"}
	cRows     = rows{low: "DX", high: "SI", stride: "R14"}
	bPanels   = panels{base: "R11", stride: "R12", triple: "R13"}
)

// loadQ8 fetches what all tiles of this kind need: CX counts blocks.
func loadQ8(a *asm, height, width int) {
	aRows.load(a, "a", "lda", height)
	scaleRows.load(a, "scales", "ldscales", height)
	cRows.load(a, "c", "ldc", height)
	bPanels.load(a, width)
	a.arg("k", "CX")
}

// begin sets the sums of a tile to zero, or to C if the tile says add. Columns of C are width bytes of a register apart.
func begin(a *asm, height int, sums [][]string, bytes int) {
	a.op("CMPQ tile_add(DI), $0")
	a.op("JNE load")
	for i := range height {
		for _, s := range sums[i] {
			a.op("VXORPS %s, %s, %s", s, s, s)
		}
	}
	a.op("JMP loop")
	a.line("\nload:")
	for i := range height {
		for j, s := range sums[i] {
			a.op("VMOVUPS %s, %s", cRows.at(i, j*bytes), s)
		}
	}
	a.line("\nloop:")
}

func store(a *asm, height int, sums [][]string, bytes int) {
	for i := range height {
		for j, s := range sums[i] {
			a.op("VMOVUPS %s, %s", s, cRows.at(i, j*bytes))
		}
	}
}

// grid takes height rows of width registers.
func grid(b *bank, height, width int) (g [][]string) {
	for range height {
		g = append(g, b.take(width))
	}
	return g
}

// q8AVX512 is a tile of height rows by width panels, one register a panel. The sums of whole numbers of one block begin with
// -128 times the sums of the columns, since activations have 128 added to be unsigned.
func q8AVX512(a *asm, height, width int) {
	a.function(fmt.Sprintf("q8AVX512r%dx%d", height, width), fmt.Sprintf("%d rows by %d panels, by VPDPBUSD of AVX-512 VNNI.", height, width))
	loadQ8(a, height, width)
	z := zmm()
	whole, sums, w, tmp := grid(z, height, width), grid(z, height, width), z.take(width), z.rest()
	begin(a, height, sums, 64)
	for j := range width {
		a.op("VMOVDQU32 %s, %s", bPanels.at(j, sumOffset), whole[0][j])
		for i := 1; i < height; i++ {
			a.op("VMOVDQA32 %s, %s", whole[0][j], whole[i][j])
		}
	}
	for u := range steps {
		for j := range width {
			a.op("VMOVDQU32 %s, %s", bPanels.at(j, u*stepBytes), w[j])
		}
		for i := range height {
			x := tmp[i%len(tmp)]
			a.op("VPBROADCASTD %s, %s", aRows.at(i, u*4), x)
			for j := range width {
				a.op("VPDPBUSD %s, %s, %s", w[j], x, whole[i][j])
			}
		}
	}
	for j := range width {
		a.op("VMOVUPS %s, %s", bPanels.at(j, scaleOffset), w[j])
	}
	for i := range height {
		for j := range width {
			scale := tmp[(i*width+j)%len(tmp)]
			a.op("VCVTDQ2PS %s, %s", whole[i][j], whole[i][j])
			a.op("VMULPS.BCST %s, %s, %s", scaleRows.at(i, 0), w[j], scale)
			a.op("VFMADD231PS %s, %s, %s", scale, whole[i][j], sums[i][j])
		}
	}
	nextBlock(a, height)
	store(a, height, sums, 64)
	a.end()
}

// nextBlock goes on to the next 32 of k.
func nextBlock(a *asm, height int) {
	aRows.advance(a, 32, height)
	scaleRows.advance(a, 4, height)
	a.op("ADDQ $%d, %s", blockBytes, bPanels.base)
	a.op("DECQ CX")
	a.op("JNZ loop")
	a.line("")
}

// q8AVXVNNI is a tile of height rows by one panel, two registers a row. It is AVX-512 VNNI on half the width and half the
// registers, in the encoding that CPUs without AVX-512 have.
func q8AVXVNNI(a *asm, height int) {
	a.function(fmt.Sprintf("q8AVXVNNIr%d", height), fmt.Sprintf("%d rows by one panel, by VPDPBUSD of AVX-VNNI.", height))
	loadQ8(a, height, 1)
	y := ymm()
	whole, w, tmp := grid(y, height, 2), y.take(2), y.rest()
	beginMemory(a, height, tmp[0])
	for h := range 2 {
		for i := range height {
			a.op("VMOVDQU %s, %s", bPanels.at(0, sumOffset+32*h), whole[i][h])
		}
	}
	for u := range steps {
		for h := range 2 {
			a.op("VMOVDQU %s, %s", bPanels.at(0, u*stepBytes+32*h), w[h])
		}
		for i := range height {
			x := tmp[i%2]
			a.op("VPBROADCASTD %s, %s", aRows.at(i, u*4), x)
			for h := range 2 {
				a.hand(vexVPDPBUSD(number(whole[i][h]), number(x), number(w[h])), "VPDPBUSD %s, %s, %s", w[h], x, whole[i][h])
			}
		}
	}
	q8Scale256(a, height, whole, w[0], tmp[0])
	nextBlock(a, height)
	a.end()
}

// beginMemory sets a tile of C to zero unless the tile says add. There are not enough registers of 256 bits for the sums of
// six rows beside those of a block, so C itself holds them.
func beginMemory(a *asm, height int, zero string) {
	a.op("CMPQ tile_add(DI), $0")
	a.op("JNE loop")
	a.op("VXORPS %s, %s, %s", zero, zero, zero)
	for i := range height {
		for h := range 2 {
			a.op("VMOVUPS %s, %s", zero, cRows.at(i, 32*h))
		}
	}
	a.line("\nloop:")
}

// q8Scale256 adds the whole sums of a block, times the scales of weights and activations, to C.
func q8Scale256(a *asm, height int, whole [][]string, scale, x string) {
	for i := range height {
		a.op("VBROADCASTSS %s, %s", scaleRows.at(i, 0), x)
		for h := range 2 {
			a.op("VCVTDQ2PS %s, %s", whole[i][h], whole[i][h])
			a.op("VMULPS %s, %s, %s", bPanels.at(0, scaleOffset+32*h), x, scale)
			a.op("VFMADD213PS %s, %s, %s", cRows.at(i, 32*h), scale, whole[i][h])
			a.op("VMOVUPS %s, %s", whole[i][h], cRows.at(i, 32*h))
		}
	}
}

// q8AVX2 is a tile of height rows by one panel. VPMADDUBSW wants one factor unsigned: it gets the weights without their signs,
// which go to the activations (VPSIGNB). Two products of 127 x 128 fit its 16 bits, so sums are exact.
func q8AVX2(a *asm, height int) {
	a.function(fmt.Sprintf("q8AVX2r%d", height), fmt.Sprintf("%d rows by one panel, by VPMADDUBSW.", height))
	loadQ8(a, height, 1)
	y := ymm()
	whole, free := grid(y, height, 2), y.rest()
	w, magnitude, x, ones := free[0], free[1], free[2], free[3]
	a.op("VPCMPEQW %s, %s, %s", ones, ones, ones)
	a.op("VPSRLW $15, %s, %s", ones, ones)
	beginMemory(a, height, x)
	for u := range steps {
		for h := range 2 {
			a.op("VMOVDQU %s, %s", bPanels.at(0, u*stepBytes+32*h), w)
			a.op("VPABSB %s, %s", w, magnitude)
			for i := range height {
				a.op("VPBROADCASTD %s, %s", aRows.at(i, u*4), x)
				a.op("VPSIGNB %s, %s, %s", w, x, x)
				a.op("VPMADDUBSW %s, %s, %s", x, magnitude, x)
				if u == 0 { // the first sums of the block
					a.op("VPMADDWD %s, %s, %s", ones, x, whole[i][h])
					continue
				}
				a.op("VPMADDWD %s, %s, %s", ones, x, x)
				a.op("VPADDD %s, %s, %s", x, whole[i][h], whole[i][h])
			}
		}
	}
	q8Scale256(a, height, whole, w, x)
	nextBlock(a, height)
	a.end()
}
