package main

import "math"

// armQ8 emits the tiles of Set.MulQ8 for arm64. A step of a block is four registers there, of four columns each.
func armQ8() string {
	a := newArm()
	a.large()
	armSDOT(a)
	armSMULL(a)
	return a.String()
}

// large is 1.5 times 2 to the 23rd, eight times: a float32 whose last bit is worth 1.
func (a arm) large() {
	a.line("")
	for i := range 8 {
		a.line("DATA large<>+%d(SB)/4, $0x%08x", 4*i, math.Float32bits(3<<22))
	}
	a.line("GLOBL large<>(SB), RODATA|NOPTR, $32")
}

// armSDOT is a tile of 3 rows by one panel. 16 bytes of a row are four steps. Two pairs of registers take turns with B: one
// is loaded while the other is multiplied.
//
// Whole sums begin with the bits of large, as if these were an integer. So they are float32 from the start, large too much
// (a block's sum is below 2 to the 22nd), and FSUB turns them into what they are: on most CPUs a conversion takes twice as
// long. And they begin with a load, which takes none of SDOT's time.
func armSDOT(a arm) {
	const height = 3
	a.function("q8SDOT", "3 rows by one panel, by SDOT.", height)
	a.rows("scales", "ldscales", armScaleRows[:height])
	a.op("MOVD $large<>(SB), %s", armScratch2)
	var bank armBank
	whole, sums, x, w, tmp := bank.grid(height, 4), bank.grid(height, 4), bank.take(height), bank.take(4), bank.take(1)[0]
	a.begin(sums)
	a.loadPair(armB, 0, w[0], w[1])
	a.loadPair(armB, 32, w[2], w[3])
	for _, row := range whole {
		a.loadPair(armScratch2, 0, row[0], row[1])
		a.loadPair(armScratch2, 0, row[2], row[3])
	}
	for u := range steps {
		if u%4 == 0 {
			for i := range height {
				a.loadNext(armARows[i], x[i])
			}
		}
		for pair := 0; pair < 4; pair += 2 {
			for i := range height {
				for j := pair; j < pair+2; j++ {
					a.sdotBy(whole[i][j], w[j], x[i], u%4)
				}
			}
			if u+1 < steps {
				a.loadPair(armB, (u+1)*stepBytes+16*pair, w[pair], w[pair+1])
			}
		}
	}
	a.scaleSDOT(whole, sums, x, w, tmp)
	a.end(blockBytes, sums)
}

// scaleSDOT adds the whole sums of a block, times the scales of weights and activations, to the sums. All other registers
// are free by now, and just enough: two for the scales of columns, which are loaded in turn, and three for those of rows.
func (a arm) scaleSDOT(whole, sums [][]v, x, w []v, tmp v) {
	large, products := w[2], []v{w[3], tmp, 0}
	a.load(armScratch2, 0, large)
	a.loadPair(armB, scaleOffset, w[0], w[1])
	for i := range x {
		a.op("FMOVS.P 4(%s), %s", armScaleRows[i], x[i].f())
	}
	for j := range 4 {
		column := w[j%2]
		products[2] = column
		for i := range x {
			a.fmulBy(products[i], column, x[i], 0)
		}
		for i := range x {
			a.fsub(whole[i][j], whole[i][j], large)
		}
		for i := range x {
			a.fma(sums[i][j], whole[i][j], products[i])
		}
		if j < 2 {
			a.load(armB, scaleOffset+16*(j+2), column)
		}
	}
}

// armSMULL is a tile of 2 rows by one panel, for CPUs without SDOT. Two products of 127 x 128 fit 16 bits: SMULL makes
// those of one step, SMLAL adds those of the next, and SADALP adds up pairs of them to sums of 32 bits, of which a column
// has two until the block ends.
func armSMULL(a arm) {
	const height = 2
	a.function("q8SMULL", "2 rows by one panel, by SMULL.", height)
	a.rows("scales", "ldscales", armScaleRows[:height])
	var bank armBank
	halves, sums, x, w, products := bank.grid(height, 8), bank.grid(height, 4), bank.grid(height, 2), bank.take(2), bank.take(2)
	a.begin(sums)
	for u := 0; u < steps; u += 2 {
		for i := range height {
			for s := range 2 {
				a.op("VLD1R.P 4(%s), [%v.S4]", armARows[i], x[i][s])
			}
		}
		for j := range 4 {
			for s := range 2 {
				a.load(armB, (u+s)*stepBytes+16*j, w[s])
			}
			for i := range height {
				a.products(halves[i][2*j:][:2], x[i], w, products, u == 0)
			}
		}
	}
	var whole [][]v
	for _, h := range halves {
		for j := range 4 {
			a.op("VADDP %v.S4, %v.S4, %v.S4", h[2*j+1], h[2*j], h[j])
		}
		whole = append(whole, h[:4])
	}
	a.scaleSMULL(whole, sums, w, halves[0][4:], products)
	a.end(blockBytes, sums)
}

// scaleSMULL adds the whole sums of a block, times the scales of weights and activations, to the sums. It loads the latter
// to x, and those of columns to scales.
func (a arm) scaleSMULL(whole, sums [][]v, x, scales, products []v) {
	a.loadPair(armB, scaleOffset, scales[0], scales[1])
	a.loadPair(armB, scaleOffset+32, scales[2], scales[3])
	for i := range x {
		a.op("FMOVS.P 4(%s), %s", armScaleRows[i], x[i].f())
	}
	for i := range x {
		for j, s := range whole[i] {
			a.scvtf(s, s)
			a.fmulBy(products[j%2], scales[j], x[i], 0)
			a.fma(sums[i][j], s, products[j%2])
		}
	}
}

// products adds the products of two steps of four columns to their sums, two for each column, or begins these.
func (a arm) products(sums, x, w, products []v, first bool) {
	for half := range 2 {
		a.smull(products[half], w[0], x[0], half)
	}
	for half := range 2 {
		a.smlal(products[half], w[1], x[1], half)
	}
	for half := range 2 {
		if first {
			a.saddlp(sums[half], products[half])
		} else {
			a.sadalp(sums[half], products[half])
		}
	}
}
