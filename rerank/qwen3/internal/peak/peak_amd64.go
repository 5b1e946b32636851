//go:build !purego

// Package peak measures how many multiplications a second one core can do, by loops that do nothing else: what the
// kernels' speed is held against. It has a benchmark and no other use.
package peak

import (
	"golang.org/x/sys/cpu"

	"github.com/quern-search/quern/rerank/qwen3/internal/kernel"
)

// A Loop does n turns of so many multiply-adds.
type Loop struct {
	Name     string
	Multiply int // multiply-adds of a turn
	Run      func(n int)
}

// Loops returns those that this CPU can run, by the names that package kernel has for the classes.
func Loops() []Loop {
	var all []Loop
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		all = append(all, Loop{"avx2 float32", 14 * 8, fma256})
	}
	if cpu.X86.HasAVXVNNI {
		all = append(all, Loop{"avxvnni", 14 * 32, vnni256})
	}
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512VNNI {
		all = append(all, Loop{"avx512 float32", 16 * 16, fma512}, Loop{"avx512vnni", 16 * 64, vnni512})
	}
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512BF16 {
		all = append(all, Loop{"avx512bf16", 16 * 32, bf16512})
	}
	for _, set := range kernel.Sets() { // which asks for the use of AMX
		switch set.Name {
		case "amx":
			all = append(all, Loop{set.Name, 4 * 16 * 16 * 32, amxBF16})
		case "amxint8":
			all = append(all, Loop{set.Name, 4 * 16 * 16 * 64, amxInt8})
		}
	}
	return all
}

//go:noescape
func vnni512(n int)

//go:noescape
func fma512(n int)

//go:noescape
func vnni256(n int)

//go:noescape
func fma256(n int)

//go:noescape
func bf16512(n int)

//go:noescape
func amxBF16(n int)

//go:noescape
func amxInt8(n int)
