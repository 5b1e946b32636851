//go:build !purego

package kernel

import "golang.org/x/sys/cpu"

// native returns the Sets in assembly that this CPU runs, slowest first.
func native() []Set {
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA {
		return nil
	}
	avx2 := Set{
		Name:       "avx2",
		MulQ8:      tiles{height: 6, width: 1, wide: q8byAVX2}.mulQ8,
		Quantise:   quantiseSigned,
		Left:       leftSigned,
		MulF32:     tiles{height: 6, width: 1, wide: f32byAVX2}.mulF32,
		Max:        vecMax,
		ExpSum:     vecExpSum,
		SiLU:       vecSiLU,
		SumSquares: vecSumSquares,
		Scale:      vecScale,
		Rotate:     vecRotate,
	}
	sets := []Set{avx2}
	if cpu.X86.HasAVXVNNI {
		s := avx2
		s.Name = "avxvnni"
		s.MulQ8, s.Quantise, s.Left = tiles{height: 6, width: 1, wide: q8byAVXVNNI}.mulQ8, quantiseUnsigned, leftUnsigned
		sets = append(sets, s)
	}
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512VNNI {
		s := avx2
		s.Name = "avx512vnni"
		s.Quantise, s.Left = quantiseUnsigned, leftUnsigned
		s.MulQ8 = tiles{height: 6, width: 2, wide: q8byAVX512x2, single: q8byAVX512x1}.mulQ8
		s.MulF32 = tiles{height: 6, width: 4, wide: f32byAVX512x4, single: f32byAVX512x1}.mulF32
		sets = append(sets, s)
	}
	return sets
}
