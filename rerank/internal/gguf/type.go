package gguf

import "fmt"

// A Type says how a tensor's numbers are stored. The values are GGML's.
type Type uint32

// The types that Decode understands.
const (
	F32    Type = 0  // IEEE 754 single
	F16    Type = 1  // IEEE 754 half
	Q4_0   Type = 2  // blocks of 32 with one scale, in blocks.go
	Q4_1   Type = 3  // and a minimum
	Q5_0   Type = 6  //
	Q5_1   Type = 7  // and a minimum
	Q8_0   Type = 8  //
	Q2_K   Type = 10 // blocks of 256 with scales of scales, in kblocks.go
	Q3_K   Type = 11 //
	Q4_K   Type = 12 //
	Q5_K   Type = 13 //
	Q6_K   Type = 14 //
	IQ4_NL Type = 20 // blocks of 32 with a table of values, in iblocks.go
	IQ4_XS Type = 23 // blocks of 256, likewise
	BF16   Type = 30 // the upper half of an F32
)

// readable names them in messages.
const readable = "F32, F16, BF16, Q8_0, Q6_K, Q5_K, Q4_K, Q3_K, Q2_K, Q5_1, Q5_0, Q4_1, Q4_0, IQ4_XS or IQ4_NL"

// geometry is how a type packs a row: each block of `block` numbers takes `bytes` bytes.
type geometry struct {
	name  string
	block int
	bytes int
}

// types names every type that GGML has had, so that a message can say what a file holds. Sizes are those of GGML's block
// structures; a type that GGML removed again has none.
var types = map[Type]geometry{
	F32: {"F32", 1, 4}, F16: {"F16", 1, 2}, BF16: {"BF16", 1, 2}, Q8_0: {"Q8_0", 32, 34},
	Q4_0: {"Q4_0", 32, 18}, Q4_1: {"Q4_1", 32, 20}, 4: {name: "Q4_2"}, 5: {name: "Q4_3"},
	Q5_0: {"Q5_0", 32, 22}, Q5_1: {"Q5_1", 32, 24}, 9: {"Q8_1", 32, 36},
	Q2_K: {"Q2_K", 256, 84}, Q3_K: {"Q3_K", 256, 110}, Q4_K: {"Q4_K", 256, 144},
	Q5_K: {"Q5_K", 256, 176}, Q6_K: {"Q6_K", 256, 210}, 15: {"Q8_K", 256, 292},
	16: {"IQ2_XXS", 256, 66}, 17: {"IQ2_XS", 256, 74}, 18: {"IQ3_XXS", 256, 98}, 19: {"IQ1_S", 256, 50},
	IQ4_NL: {"IQ4_NL", 32, 18}, 21: {"IQ3_S", 256, 110}, 22: {"IQ2_S", 256, 82}, IQ4_XS: {"IQ4_XS", 256, 136},
	24: {"I8", 1, 1}, 25: {"I16", 1, 2}, 26: {"I32", 1, 4}, 27: {"I64", 1, 8}, 28: {"F64", 1, 8},
	29: {"IQ1_M", 256, 56},
	31: {name: "Q4_0_4_4"}, 32: {name: "Q4_0_4_8"}, 33: {name: "Q4_0_8_8"},
	34: {"TQ1_0", 256, 54}, 35: {"TQ2_0", 256, 66},
	36: {name: "IQ4_NL_4_4"}, 37: {name: "IQ4_NL_4_8"}, 38: {name: "IQ4_NL_8_8"},
	39: {"MXFP4", 32, 17}, 40: {"NVFP4", 64, 36}, 41: {"Q1_0", 128, 18},
}

// String returns GGML's name of the type.
func (t Type) String() string {
	if g, ok := types[t]; ok {
		return g.name
	}
	return fmt.Sprintf("type %d", uint32(t))
}

// Readable reports whether Decode understands the type.
func (t Type) Readable() bool { return t == F32 || t == F16 || t == BF16 || t.decoder() != nil }

// writable reports whether Encode can store the type: what models made here are stored in.
func (t Type) writable() bool { return t == F32 || t == F16 || t == BF16 || t == Q8_0 }

// RowSize returns the bytes that a row of cols numbers takes, or 0 where the type has no known size or cols is no
// multiple of its block.
func (t Type) RowSize(cols int) int {
	g := types[t]
	if g.block == 0 || cols%g.block != 0 {
		return 0
	}
	return cols / g.block * g.bytes
}
