// Package kernel holds the few loops in which the engine spends its time, once in plain Go and once in assembly.
//
// The engine (package qwen3) works on matrices cut into panels of [Cols] columns. Weights are in 8 bits with a scale for
// every [Block] of them (q8.go), in bfloat16 (bf16.go) or in float32, or, if someone asks for it, in 8 bits with one scale a
// row (int8.go); activations are float32, and rounded to what they are multiplied by. The functions of a [Set] that begin
// with Mul multiply, the rest is what stands between two multiplications. Every Set computes an output element from its own
// inputs alone and always in the same order, so a score does not depend, to the bit, on the batch that a document was in or
// on the number of cores. All Sets in assembly give the same bits, on amd64 and arm64 alike, except by MulBF16 and MulInt8; those of the generic one may differ in
// the last place, since assembly fuses multiply and add.
//
// [Best] chooses, and is the one place that does. Read next: generic.go, which is the specification that the others
// are tested against, then q8.go and bf16.go. Package gen writes the tiles in assembly.
package kernel

//go:generate go run ./gen

// Cols is the width of a panel: one AVX-512 register of float32, two of AVX2 or four of NEON.
const Cols = 16

// Rows is how many rows the tallest tile has. Rows of activations are padded to a multiple of it (see [PadRows]): what a
// tile computes in rows beyond the last is rubbish that nobody reads.
const Rows = 6

// A Form is how weights are held, which is also how they are multiplied.
type Form uint8

// The forms.
const (
	F32  Form = iota // float32, by MulF32
	Q8               // 8 bits with a scale for every Block, by MulQ8
	BF16             // bfloat16, by MulBF16
	Int8             // 8 bits with a scale for a whole row, by MulInt8

	Forms // how many there are
)

// String names a form for people.
func (f Form) String() string {
	return [...]string{"float32", "8 bits", "bfloat16", "8 bits, one scale a row"}[f]
}

// A Set is one implementation of the loops, for one class of CPU. Slices must be as long as is said; shorter ones panic.
type Set struct {
	Name string // as QUERN_CPU has it

	// The forms in which weights are best held: those that their file has in bfloat16, and those that it has in blocks
	// of 8 bits or less. All others are float32.
	OfBF16, OfBlocks Form

	// Asked says that the Set is taken only if QUERN_CPU names it: scores suffer from it, or it has not been run on a real
	// CPU yet.
	Asked bool

	// MulQ8 computes C = A·Wᵀ, or C += A·Wᵀ if add is set, for panels of W in 8 bits: w holds n panels of k numbers a
	// column. C has rows of 16·n numbers, ldc apart. The product is the sum over blocks, in order, of
	//
	//	(whole sum of the block's products) * (scale of the activations * scale of the column)
	//
	// of which the whole sum is exact.
	MulQ8 func(c []float32, ldc int, a Q8Rows, rows int, w []byte, n, k int, add bool)

	// Quantise writes a row of activations in 8 bits: each Block numbers have the scale max|x|/127 and are divided by
	// it and rounded to the nearest whole number, ties to even. A block of numbers below 1e-30 is zero. A NaN makes the scale of
	// its block NaN, so that it is not lost. len(x) is a multiple of Block. What the bytes of q mean is up to the Set.
	Quantise func(q []byte, scales []float32, x []float32)

	// Left writes what Quantise has rounded away: x - q * scale.
	Left func(left []float32, q []byte, scales []float32, x []float32)
	// MulBF16 computes C = A·Wᵀ, or C += A·Wᵀ if add is set, for panels of W in bfloat16: w holds n panels of k numbers a
	// column; k is a multiple of Block. C has rows of 16·n numbers, ldc apart. Products are exact; in which order they are
	// added up in float32, and rounded, is up to the CPU and does not depend on anything but k. A number, product or sum
	// below the smallest normal float32 may count as zero.
	MulBF16 func(c []float32, ldc int, a BF16Rows, rows int, w []uint16, n, k int, add bool)

	// Round writes a row of activations in bfloat16: the nearest number, of two the even one. A NaN stays a NaN. What is
	// below the smallest normal float32 is zero, with its sign. len(x) is a multiple of Block.
	Round func(dst []uint16, x []float32)

	// MulInt8 computes C = A·Wᵀ, or C += A·Wᵀ if add is set, for panels of W in 8 bits with one scale a column, and rows of
	// A with one scale each: int8.go says how w has n panels of k numbers a column. Rows of A have room for k numbers
	// rounded up to Int8Step. C has rows of 16·n numbers, ldc apart. An element is the whole sum, which is exact, times the
	// product of both scales.
	MulInt8 func(c []float32, ldc int, a Q8Rows, rows int, w []byte, n, k int, add bool)

	// QuantiseRow is Quantise with one scale for the whole row, which it returns. Its bytes are signed. len(x) is a multiple
	// of Block.
	QuantiseRow func(q []byte, x []float32) float32

	// MulF32 computes C = A·B, or C += A·B if add is set. A has rows rows of k numbers, lda apart; B has n panels, ldb
	// apart, each k rows of 16; C has rows of 16·n, ldc apart. k is a multiple of 4. Sums run over k in order.
	MulF32 func(c []float32, ldc int, a []float32, lda, rows int, b []float32, ldb, n, k int, add bool)

	// Max returns the largest x. len(x) is a positive multiple of 8. What it returns beside a NaN is open: the NaN
	// itself stays in x, for ExpSum to pass on.
	Max func(x []float32) float32

	// ExpSum replaces each x by exp(x*scale - shift) and returns their sum. len(x) is a multiple of 8. Results below
	// the smallest normal float32 are exactly 0, so that masked scores (-Inf) cost nothing later: denormal
	// probabilities make attention many times slower. Arguments above 88 are taken as 88. The relative error is below 3e-7.
	ExpSum func(x []float32, scale, shift float32) float32

	// SiLU replaces each gate by gate * sigmoid(gate) * up. len(gate) is a multiple of 8.
	SiLU func(gate, up []float32)

	// SumSquares returns the sum of x². len(x) is a multiple of 16.
	SumSquares func(x []float32) float32

	// Scale writes x * weight * scale to dst, which may be x. len(x) is a multiple of 8.
	Scale func(dst, x, weight []float32, scale float32)

	// Rotate turns the pairs (x[i], x[i+n]) by the angles whose cosines and sines are given, n of each: RoPE. n is a
	// multiple of 8.
	Rotate func(x, cos, sin []float32)
}

// PadRows rounds a number of rows up to whole tiles.
func PadRows(n int) int { return (n + Rows - 1) / Rows * Rows }
