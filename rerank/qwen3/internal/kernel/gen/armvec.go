package main

import (
	"fmt"
	"math"
)

// armVec emits what stands between two multiplications for arm64: eight numbers a turn, in two registers of four. The
// order of operations is that of vec_amd64.s, and so are the bits.
func armVec() string {
	a := newArm()
	armMax(a)
	armExpSum(a)
	armSiLU(a)
	armSumSquares(a)
	armScale(a)
	armRotate(a)
	armQuantise(a)
	return a.String()
}

// vec begins a function by its Go declaration; arguments is how many bytes they take, and the result.
func (a arm) vec(name, declaration, about string, arguments int) {
	a.line("\n// func %s%s\n//\n// %s", name, declaration, about)
	a.line("TEXT ·%s(SB), NOSPLIT, $0-%d", name, arguments)
}

// pointers loads the arguments of a function into R0, R1 and so on.
func (a arm) pointers(names ...string) {
	for i, name := range names {
		a.op("MOVD %s+%d(FP), R%d", name, 8*i, i)
	}
}

// repeated loads a float32 argument into all four places of a register.
func (a arm) repeated(argument string, at int, d v) {
	a.op("FMOVS %s+%d(FP), %s", argument, at, d.f())
	a.op("VDUP %v.S[0], %v.S4", d, d)
}

// constant sets all four places of a register.
func (a arm) constant(bits uint32, d v, name string) {
	a.op("MOVW $0x%08x, %s // %s", bits, armScratch, name)
	a.op("VDUP %s, %v.S4", armScratch, d)
}

func (a arm) float(x float32, d v, name string) { a.constant(math.Float32bits(x), d, name) }

// next closes the loop: count counts the numbers that remain.
func (a arm) next(count string, numbers int) {
	a.op("SUB $%d, %s", numbers, count)
	a.op("CBNZ %s, loop", count)
	a.line("")
}

// fma is d += n·m.
func (a arm) fma(d, n, m v) { a.op("VFMLA %v.S4, %v.S4, %v.S4", m, n, d) }

// fms is d -= n·m.
func (a arm) fms(d, n, m v) { a.op("VFMLS %v.S4, %v.S4, %v.S4", m, n, d) }

// fold adds up eight lanes as fold in generic.go does, and leaves the sum in the first of d.
func (a arm) fold(d, e, tmp v) {
	a.fadd(d, d, e)
	a.op("VEXT $8, %v.B16, %v.B16, %v.B16", d, d, tmp)
	a.fadd(d, d, tmp)
	a.faddp(d, d, d)
}

func armMax(a arm) {
	a.vec("maxAsm", "(x *float32, n int) float32", "V0 and V1 are the largest so far.", 20)
	a.pointers("x", "n")
	a.loadPair("R0", 0, 0, 1)
	a.line("\nloop:")
	a.loadNext2("R0", 2, 3)
	a.fmax(0, 0, 2)
	a.fmax(1, 1, 3)
	a.next("R1", 8)
	a.fmax(0, 0, 1)
	a.fmaxv(0, 0)
	a.op("FMOVS F0, ret+16(FP)")
	a.op("RET")
}

// The constants of exp in package kernel, in the order in which it uses them, and the registers that hold them.
var armExp = struct {
	minExp, maxExp, log2e, ln2Hi, ln2Lo v
	polynomial                          []v
	one, bias                           v
}{16, 17, 18, 19, 20, []v{21, 22, 23, 24, 25, 26}, 27, 28}

func (a arm) expConstants() {
	a.float(-87.33, armExp.minExp, "minExp")
	a.float(88, armExp.maxExp, "maxExp")
	a.float(1.44269504088896341, armExp.log2e, "log2e")
	a.float(0.693359375, armExp.ln2Hi, "ln2Hi")
	a.float(-2.12194440e-4, armExp.ln2Lo, "ln2Lo")
	for i, c := range []float32{
		1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
	} {
		a.float(c, armExp.polynomial[i], fmt.Sprintf("exp%d", i))
	}
	a.float(1, armExp.one, "one")
	a.constant(127, armExp.bias, "the exponent bias of a float32")
}

// exp replaces four numbers x by their exponentials, as exp in package kernel does. What is below minExp becomes 0 at the
// end; a NaN is not below it, and stays. tmp has four registers.
func (a arm) exp(x v, tmp []v) {
	e, below, n, y, z := armExp, tmp[0], tmp[1], tmp[2], tmp[3]
	a.fcmgt(below, e.minExp, x)
	a.fmin(x, x, e.maxExp)
	a.fmul(n, x, e.log2e)
	a.frintn(n, n)
	a.fms(x, n, e.ln2Hi) // x is r from here on
	a.fms(x, n, e.ln2Lo)
	last := e.polynomial[0]
	for _, c := range e.polynomial[1:] {
		a.op("VMOV %v.B16, %v.B16", c, y)
		a.fma(y, last, x)
		last, y, z = y, z, y
	}
	a.fmul(y, x, x)
	a.fma(x, last, y)
	a.fadd(x, x, e.one)
	a.fcvtns(n, n)
	a.op("VADD %v.S4, %v.S4, %v.S4", e.bias, n, n)
	a.op("VSHL $23, %v.S4, %v.S4", n, n)
	a.fmul(x, x, n)
	a.bic(x, x, below)
}

func armExpSum(a arm) {
	a.vec("expSumAsm", "(x *float32, n int, scale, shift float32) float32",
		"V10 and V11 are the sum, V12 is scale, V13 shift.", 28)
	a.pointers("x", "n")
	a.repeated("scale", 16, 12)
	a.repeated("shift", 20, 13)
	a.zero(10)
	a.zero(11)
	a.expConstants()
	a.line("\nloop:")
	a.loadPair("R0", 0, 0, 1)
	for x := range v(2) {
		a.fmul(x, x, 12)
		a.fsub(x, x, 13)
		a.exp(x, []v{2 + 4*x, 3 + 4*x, 4 + 4*x, 5 + 4*x})
		a.fadd(10+x, 10+x, x)
	}
	a.storeNext("R0", 0, 1)
	a.next("R1", 8)
	a.fold(10, 11, 0)
	a.op("FMOVS F10, ret+24(FP)")
	a.op("RET")
}

func armSiLU(a arm) {
	a.vec("siluAsm", "(gate, up *float32, n int)", "V10 and V11 are gates, V12 and V13 what is gated.", 24)
	a.pointers("gate", "up", "n")
	a.expConstants()
	a.line("\nloop:")
	a.loadPair("R0", 0, 10, 11)
	a.loadNext2("R1", 12, 13)
	for x := range v(2) {
		a.fneg(x, 10+x)
		a.exp(x, []v{2 + 4*x, 3 + 4*x, 4 + 4*x, 5 + 4*x})
		a.fadd(x, x, armExp.one)
		a.fdiv(x, 10+x, x)
		a.fmul(x, x, 12+x)
	}
	a.storeNext("R0", 0, 1)
	a.next("R2", 8)
	a.op("RET")
}

func armSumSquares(a arm) {
	a.vec("sumSquaresAsm", "(x *float32, n int) float32", "V0 to V3 are the sums of 16 lanes.", 20)
	a.pointers("x", "n")
	for s := range v(4) {
		a.zero(s)
	}
	a.line("\nloop:")
	a.loadNext2("R0", 4, 5)
	a.loadNext2("R0", 6, 7)
	for s := range v(4) {
		a.fma(s, 4+s, 4+s)
	}
	a.next("R1", 16)
	a.fadd(0, 0, 2)
	a.fadd(1, 1, 3)
	a.fold(0, 1, 2)
	a.op("FMOVS F0, ret+16(FP)")
	a.op("RET")
}

func armScale(a arm) {
	a.vec("scaleAsm", "(dst, x, weight *float32, n int, scale float32)", "V4 is scale.", 36)
	a.pointers("dst", "x", "weight", "n")
	a.repeated("scale", 32, 4)
	a.line("\nloop:")
	a.loadNext2("R1", 0, 1)
	a.loadNext2("R2", 2, 3)
	for x := range v(2) {
		a.fmul(x, x, 4)
		a.fmul(x, x, 2+x)
	}
	a.storeNext("R0", 0, 1)
	a.next("R3", 8)
	a.op("RET")
}

func armRotate(a arm) {
	a.vec("rotateAsm", "(x, cos, sin *float32, n int)", "R4 is where the second numbers of the pairs are.", 32)
	a.pointers("x", "cos", "sin", "n")
	a.op("ADD R3<<2, R0, R4")
	a.line("\nloop:")
	a.loadPair("R0", 0, 0, 1) // a
	a.loadPair("R4", 0, 2, 3) // b
	a.loadNext2("R1", 4, 5)
	a.loadNext2("R2", 6, 7)
	for x := range v(2) {
		cos, sin, low, high := 4+x, 6+x, 16+x, 18+x
		a.fmul(low, 2+x, sin)
		a.fneg(low, low)
		a.fma(low, x, cos) // a*cos - b*sin
		a.fmul(high, x, sin)
		a.fma(high, 2+x, cos) // b*cos + a*sin
	}
	a.storeNext("R0", 16, 17)
	a.storeNext("R4", 18, 19)
	a.next("R3", 8)
	a.op("RET")
}

func armQuantise(a arm) {
	a.vec("quantiseAsm", "(q *byte, scales, x *float32, n int)",
		"V0 to V7 hold a block. The largest is found among bits, in which a NaN is above everything.", 32)
	a.pointers("q", "scales", "x", "n")
	a.constant(0x7fffffff, 16, "the bits of a float32 without its sign")
	a.float(127, 17, "127")
	a.float(1e-30, 18, "tiniest")
	a.zero(19)
	a.line("\nloop:")
	for x := v(0); x < 8; x += 2 {
		a.loadNext2("R2", x, x+1)
	}
	for x := range v(8) {
		a.op("VAND V16.B16, %v.B16, %v.B16", x, 8+x)
	}
	for step := v(4); step > 0; step /= 2 {
		for x := 8 + v(0); x < 8+step; x++ {
			a.op("VUMAX %v.S4, %v.S4, %v.S4", x+step, x, x)
		}
	}
	a.umaxv(8, 8)
	a.op("FDIVS F17, F8, F20")
	a.op("FMOVS.P F20, 4(R1)") // scale = largest / 127
	a.op("FDIVS F8, F17, F20")
	a.op("FCMPS F18, F8")
	a.op("FCSELS GE, F20, F19, F20") // largest >= tiniest, which no NaN is: 127 / largest
	for x := range v(8) {
		a.fmulBy(x, x, 20, 0)
		a.fcvtns(x, x)
	}
	for x := range v(4) {
		a.op("VUZP1 %v.H8, %v.H8, %v.H8", 2*x+1, 2*x, x)
	}
	for x := range v(2) {
		a.op("VUZP1 %v.B16, %v.B16, %v.B16", 2*x+1, 2*x, x)
	}
	a.storeNext("R0", 0, 1)
	a.next("R3", 1)
	a.op("RET")
}
