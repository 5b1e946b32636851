package main

// armF32 emits the tile of Set.MulF32 for arm64: 6 rows by one panel, four registers a row. The numbers of A come four
// to a register and are taken from it one by one; a register of B is loaded while the one before it is multiplied.
func armF32() string {
	const height = 6
	a := newArm()
	a.function("f32FMLA", "6 rows by one panel of float32.", height)
	var bank armBank
	sums, x, b := bank.grid(height, 4), bank.take(height), bank.take(2)
	a.begin(sums)
	for i := range b {
		a.load(armB, 16*i, b[i])
	}
	for i := range height {
		a.loadNext(armARows[i], x[i])
	}
	for u := range unroll {
		for j := range 4 {
			at := 4*u + j
			for i := range height {
				a.fmlaBy(sums[i][j], b[at%2], x[i], u)
			}
			if at+2 < 4*unroll {
				a.load(armB, 16*(at+2), b[at%2])
			}
		}
	}
	a.end(64*unroll, sums)
	return a.String()
}
