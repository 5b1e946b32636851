// Package kernel holds the few loops in which the engine spends its time, once in plain Go and once in assembly.
//
// The engine (package qwen3) works on float32 matrices cut into panels of [Cols] columns; [Set].Tile multiplies one
// [Rows] x [Cols] tile, and linear layers and attention are both made of it. [Set].ExpSum is the exponential of softmax
// and SiLU. Every Set computes an output element from its own inputs alone and always in the same order, so a score
// does not depend, to the bit, on the batch that a document was in or on the number of cores. Two Sets may differ in
// the last bits, since assembly fuses multiply and add.
//
// [Best] chooses, and is the one place that does. Read next: generic.go, which is the specification that the others
// are tested against.
package kernel

import (
	"fmt"
	"os"
	"strings"
)

// Rows and Cols are the size of a tile: 6 x 16 float32 fill 12 of the 16 AVX2 registers, which leaves two for the
// panel and two for broadcasts.
const (
	Rows = 6
	Cols = 16
)

// A Set is one implementation of the loops, for one class of CPU.
type Set struct {
	Name string // "generic", "avx2"

	// Tile computes C = A·B, or C += A·B if add is set: C is Rows x Cols with rows ldc apart, A is Rows x k with rows lda apart, B is
	// k x Cols without gaps (a panel). k is a multiple of 4. Sums run over k in order, one accumulator an element.
	Tile func(c []float32, ldc int, a []float32, lda int, b []float32, k int, add bool)

	// Max returns the largest x. len(x) is a positive multiple of 8. What it returns beside a NaN is open: the NaN
	// itself stays in x, for ExpSum to pass on.
	Max func(x []float32) float32

	// ExpSum replaces each x by exp(x*scale - shift) and returns their sum. len(x) is a multiple of 8. Results below
	// the smallest normal float32 are exactly 0, so that masked scores (-Inf) cost nothing later: denormal
	// probabilities make attention many times slower. Arguments above 88 are taken as 88. The relative error is below 3e-7.
	ExpSum func(x []float32, scale, shift float32) float32
}

// Best returns the fastest Set that this CPU runs. The environment variable QUERN_CPU names another one ("generic" is
// always there); an unknown or impossible name is an error that lists what there is.
func Best() (Set, error) {
	sets := Sets()
	name := os.Getenv("QUERN_CPU")
	if name == "" {
		return sets[len(sets)-1], nil
	}
	var names []string
	for _, s := range sets {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Set{}, fmt.Errorf("kernel: QUERN_CPU=%q is not a kernel that this machine runs: unset it, or use one of: %s",
		name, strings.Join(names, ", "))
}

// Sets returns every Set that this CPU runs, slowest first.
func Sets() []Set {
	return append([]Set{{Name: "generic", Tile: tileGeneric, Max: maxGeneric, ExpSum: expSumGeneric}}, nativeSets()...)
}
