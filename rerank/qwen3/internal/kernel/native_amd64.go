//go:build !purego

package kernel

import "golang.org/x/sys/cpu"

// native returns the Sets in assembly that this CPU runs, slowest first.
func native() []Set {
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA {
		return nil
	}
	avx2 := Set{
		Name:        "avx2",
		OfBF16:      F32,
		OfBlocks:    Q8,
		MulQ8:       tiles{height: 6, width: 1, wide: q8byAVX2r6, low: 2, lowWide: q8byAVX2r2}.mulQ8,
		Quantise:    quantiseSigned,
		Left:        leftSigned,
		MulBF16:     mulBF16Generic, // there is no instruction for it: weights are held otherwise
		Round:       roundGeneric,
		MulInt8:     mulInt8Generic, // likewise
		QuantiseRow: quantiseRowGeneric,
		MulF32:      tiles{height: 6, width: 1, wide: f32byAVX2}.mulF32,
		Max:         vecMax,
		ExpSum:      vecExpSum,
		SiLU:        vecSiLU,
		SumSquares:  vecSumSquares,
		Scale:       vecScale,
		Rotate:      vecRotate,
	}
	sets := []Set{avx2}
	if cpu.X86.HasAVXVNNI {
		s := avx2
		s.Name = "avxvnni"
		s.MulQ8, s.Quantise, s.Left = tiles{height: 6, width: 1, wide: q8byAVXVNNIr6, low: 2, lowWide: q8byAVXVNNIr2}.mulQ8, quantiseUnsigned, leftUnsigned
		sets = append(sets, s)
	}
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512VNNI {
		s := avx2
		s.Name = "avx512vnni"
		s.Quantise, s.Left = quantiseUnsigned, leftUnsigned
		s.MulQ8 = tiles{
			height: 6, width: 2, wide: q8byAVX512r6x2, single: q8byAVX512r6x1,
			low: 2, lowWide: q8byAVX512r2x2, lowSingle: q8byAVX512r2x1,
		}.mulQ8
		s.MulF32 = tiles{height: 6, width: 4, wide: f32byAVX512x4, single: f32byAVX512x1}.mulF32
		sets = append(sets, s)
		if cpu.X86.HasAVX512BF16 {
			s.Name, s.OfBF16 = "avx512bf16", BF16
			s.MulBF16, s.Round = tiles{height: 6, width: 4, wide: bf16byAVX512x4, single: bf16byAVX512x1}.mulBF16, roundAVX512
			sets = append(sets, s)
			if cpu.X86.HasAMXTile && permitAMX() {
				sets = append(sets, amxSets(s)...)
			}
		}
	}
	return sets
}

// amxSets are the Sets that multiply by AMX and else are as s, but for those that do it wrong.
func amxSets(s Set) (sets []Set) {
	accurate := s
	accurate.Name, accurate.OfBlocks, accurate.MulBF16 = "amx", BF16, mulBF16AMX
	accurate.Asked = true // an emulator says that it is right; no real CPU has yet
	if cpu.X86.HasAMXBF16 && reliable(accurate) {
		sets = append(sets, accurate)
	}
	fast := s // and inaccurate: int8.go says why
	fast.Name, fast.OfBF16, fast.OfBlocks, fast.Asked = "amxint8", Int8, Int8, true
	fast.MulInt8, fast.QuantiseRow = mulInt8AMX, quantiseRowAVX512
	if cpu.X86.HasAMXInt8 && reliableInt8(fast) {
		sets = append(sets, fast)
	}
	return sets
}
