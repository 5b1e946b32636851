package main

import "fmt"

// What Go's assembler for arm64 does not know, as words; the codes are those of the Arm Architecture Reference Manual,
// chapter C7.2, with zero for each register. encode_test.go holds them against a disassembler.

// word emits an instruction as a word, and beside it what a disassembler reads in it.
func (a arm) word(code uint32, format string, args ...any) {
	a.op("WORD $0x%08x // %s", code, fmt.Sprintf(format, args...))
}

// two is an instruction on four numbers and one source.
func (a arm) two(name string, code uint32, d, n v) {
	a.word(code|uint32(n)<<5|uint32(d), "%s %v.4S, %v.4S", name, d, n)
}

func (a arm) frintn(d, n v) { a.two("FRINTN", 0x4e218800, d, n) } // to the nearest whole number, ties to even
func (a arm) fcvtns(d, n v) { a.two("FCVTNS", 0x4e21a800, d, n) } // the same, as int32
func (a arm) scvtf(d, n v)  { a.two("SCVTF", 0x4e21d800, d, n) }  // int32 to float32
func (a arm) fneg(d, n v)   { a.two("FNEG", 0x6ea0f800, d, n) }

// three is an instruction on four numbers and two sources.
func (a arm) three(name string, code uint32, d, n, m v) {
	a.word(code|uint32(m)<<16|uint32(n)<<5|uint32(d), "%s %v.4S, %v.4S, %v.4S", name, d, n, m)
}

func (a arm) fadd(d, n, m v)  { a.three("FADD", 0x4e20d400, d, n, m) }
func (a arm) fsub(d, n, m v)  { a.three("FSUB", 0x4ea0d400, d, n, m) }
func (a arm) fmul(d, n, m v)  { a.three("FMUL", 0x6e20dc00, d, n, m) }
func (a arm) fdiv(d, n, m v)  { a.three("FDIV", 0x6e20fc00, d, n, m) }
func (a arm) fmax(d, n, m v)  { a.three("FMAX", 0x4e20f400, d, n, m) } // a NaN stays
func (a arm) fmin(d, n, m v)  { a.three("FMIN", 0x4ea0f400, d, n, m) } // a NaN stays
func (a arm) fcmgt(d, n, m v) { a.three("FCMGT", 0x6ea0e400, d, n, m) }
func (a arm) faddp(d, n, m v) { a.three("FADDP", 0x6e20d400, d, n, m) } // sums of pairs: of n, then of m

// bic clears in n the bits of m.
func (a arm) bic(d, n, m v) {
	a.word(0x4e601c00|uint32(m)<<16|uint32(n)<<5|uint32(d), "BIC %v.16B, %v.16B, %v.16B", d, n, m)
}

// across reduces four numbers to one, the first of d.
func (a arm) across(name string, code uint32, d, n v) {
	a.word(code|uint32(n)<<5|uint32(d), "%s S%d, %v.4S", name, int(d), n)
}

func (a arm) fmaxv(d, n v) { a.across("FMAXV", 0x6e30f800, d, n) }
func (a arm) umaxv(d, n v) { a.across("UMAXV", 0x6eb0a800, d, n) }

// zero clears a register, by the form that CPUs take to depend on nothing.
func (a arm) zero(d v) { a.word(0x6f00e400|uint32(d), "MOVI %v.2D, #0x0", d) }

// element is the place of an instruction's second source and of one of its four elements.
func element(m v, i int) uint32 { return uint32(i>>1)<<11 | uint32(i&1)<<21 | uint32(m)<<16 }

// fmlaBy adds to four sums four numbers, each times number i of m.
func (a arm) fmlaBy(d, n, m v, i int) {
	a.word(0x4f801000|element(m, i)|uint32(n)<<5|uint32(d), "FMLA %v.4S, %v.4S, %v.S[%d]", d, n, m, i)
}

// fmulBy multiplies four numbers by number i of m.
func (a arm) fmulBy(d, n, m v, i int) {
	a.word(0x4f809000|element(m, i)|uint32(n)<<5|uint32(d), "FMUL %v.4S, %v.4S, %v.S[%d]", d, n, m, i)
}

// sdotBy adds to each of four sums the four products of its bytes of n and four bytes of m, the same for all.
func (a arm) sdotBy(d, n, m v, i int) {
	a.word(0x4f80e000|element(m, i)|uint32(n)<<5|uint32(d), "SDOT %v.4S, %v.16B, %v.4B[%d]", d, n, m, i)
}

// long is an instruction on the lower or the upper eight bytes of two registers, with results of 16 bits.
func (a arm) long(name string, code uint32, d, n, m v, half int) {
	suffix, bytes := "", "8B"
	if half == 1 {
		suffix, bytes = "2", "16B"
	}
	code |= uint32(half)<<30 | uint32(m)<<16 | uint32(n)<<5 | uint32(d)
	a.word(code, "%s%s %v.8H, %v.%s, %v.%s", name, suffix, d, n, bytes, m, bytes)
}

func (a arm) smull(d, n, m v, half int) { a.long("SMULL", 0x0e20c000, d, n, m, half) } // products
func (a arm) smlal(d, n, m v, half int) { a.long("SMLAL", 0x0e208000, d, n, m, half) } // added to d

// pairs is an instruction that adds up neighbours of 16 bits to sums of 32.
func (a arm) pairs(name string, code uint32, d, n v) {
	a.word(code|uint32(n)<<5|uint32(d), "%s %v.4S, %v.8H", name, d, n)
}

func (a arm) saddlp(d, n v) { a.pairs("SADDLP", 0x4e602800, d, n) }
func (a arm) sadalp(d, n v) { a.pairs("SADALP", 0x4e606800, d, n) } // added to d
