//go:build !purego

package kernel

import "golang.org/x/sys/cpu"

// native returns the Sets in assembly that this CPU runs, slowest first. Every arm64 CPU has NEON. SDOT, which adds up four
// products of bytes at once, came with the Cortex-A75 and A55, Neoverse and Apple's M1; a Raspberry Pi 4 is without it.
//
// SMMLA (i8mm) multiplies twice as many bytes as SDOT, but wants eight numbers of a column side by side: on panels as
// they are a tile would issue 125 SIMD instructions where SDOT has 132 (5 % less time by LLVM's models of Neoverse N2, V1
// and V2), and only panels and rows of its own, which no other class could share, would make it 1.4 times as fast.
func native() []Set {
	neon := Set{
		Name:        "neon",
		MulQ8:       tiles{height: 2, width: 1, wide: q8bySMULL}.mulQ8,
		Quantise:    quantise,
		Left:        leftSigned,
		OfBF16:      F32,
		OfBlocks:    Q8,
		MulBF16:     mulBF16Generic, // weights are held otherwise
		Round:       roundGeneric,
		MulInt8:     mulInt8Generic, // likewise
		QuantiseRow: quantiseRowGeneric,
		MulF32:      tiles{height: 6, width: 1, wide: f32byFMLA}.mulF32,
		Max:         vecMax,
		ExpSum:      vecExpSum,
		SiLU:        vecSiLU,
		SumSquares:  vecSumSquares,
		Scale:       vecScale,
		Rotate:      vecRotate,
	}
	sets := []Set{neon}
	if cpu.ARM64.HasASIMDDP {
		s := neon
		s.Name, s.MulQ8 = "sdot", tiles{height: 3, width: 1, wide: q8bySDOT}.mulQ8
		sets = append(sets, s)
	}
	return sets
}
