package main

import "fmt"

// An arm collects the lines of an assembly file for arm64. Operands stand in Go's order in what Go's assembler knows
// (op: the result comes last), and in Arm's in what it does not (armencode.go: the result comes first).
type arm struct{ *asm }

func newArm() arm { return arm{newAsm()} }

// A v is the number of a vector register.
type v int

func (r v) String() string { return fmt.Sprintf("V%d", int(r)) }

// f is the register's name in loads and stores, which Go's assembler wants to be another.
func (r v) f() string { return fmt.Sprintf("F%d", int(r)) }

// An armBank hands out vector registers, each once.
type armBank struct{ next v }

func (b *armBank) take(n int) (regs []v) {
	if b.next+v(n) > 32 {
		panic("gen: a tile takes more registers than there are")
	}
	for range n {
		regs = append(regs, b.next)
		b.next++
	}
	return regs
}

// grid takes height rows of width registers.
func (b *armBank) grid(height, width int) (g [][]v) {
	for range height {
		g = append(g, b.take(width))
	}
	return g
}

// Registers that all tiles use alike. R18 and from R27 on they belong to the system and to Go.
const (
	armTile     = "R0"
	armTurns    = "R1"
	armB        = "R2"
	armC        = "R3"
	armCStride  = "R4"
	armScratch  = "R5"
	armScratch2 = "R6"
)

var (
	armARows     = []string{"R7", "R8", "R9", "R10", "R11", "R12"}
	armScaleRows = []string{"R13", "R14", "R15"}
)

// function begins a function that takes a *tile, and loads what all of them need.
func (a arm) function(name, about string, height int) {
	a.line("\n// func %s(t *tile)\n//\n// %s", name, about)
	a.line("TEXT ·%s(SB), NOSPLIT, $0-8", name)
	a.op("MOVD t+0(FP), %s", armTile)
	a.arg("k", armTurns)
	a.arg("b", armB)
	a.arg("c", armC)
	a.arg("ldc", armCStride)
	a.rows("a", "lda", armARows[:height])
}

// arg loads a field of the tile into a register.
func (a arm) arg(field, register string) { a.op("MOVD tile_%s(%s), %s", field, armTile, register) }

// rows loads the addresses of rows that lie a stride apart.
func (a arm) rows(address, stride string, registers []string) {
	a.arg(address, registers[0])
	a.arg(stride, armScratch)
	for i, r := range registers[1:] {
		a.op("ADD %s, %s, %s", armScratch, registers[i], r)
	}
}

// begin sets the sums of a tile of one panel to zero, or to C if the tile says add, and opens the loop.
func (a arm) begin(sums [][]v) {
	a.arg("add", armScratch)
	a.op("CBNZ %s, load", armScratch)
	for _, row := range sums {
		for _, s := range row {
			a.zero(s)
		}
	}
	a.op("B loop")
	a.line("\nload:")
	a.op("MOVD %s, %s", armC, armScratch)
	for _, s := range sums {
		a.loadPair(armScratch, 0, s[0], s[1])
		a.loadPair(armScratch, 32, s[2], s[3])
		a.op("ADD %s, %s", armCStride, armScratch)
	}
	a.line("\nloop:")
}

// end closes the loop, of which a turn has gone bytes on in B, stores the sums and returns.
func (a arm) end(bytes int, sums [][]v) {
	a.op("ADD $%d, %s", bytes, armB)
	a.op("SUB $1, %s", armTurns)
	a.op("CBNZ %s, loop", armTurns)
	a.line("")
	for _, s := range sums {
		a.op("FSTPQ (%s, %s), (%s)", s[0].f(), s[1].f(), armC)
		a.op("FSTPQ (%s, %s), 32(%s)", s[2].f(), s[3].f(), armC)
		a.op("ADD %s, %s", armCStride, armC)
	}
	a.op("RET")
}

// load reads one register, so many bytes from an address.
func (a arm) load(address string, offset int, d v) { a.op("FMOVQ %d(%s), %s", offset, address, d.f()) }

// loadPair reads two.
func (a arm) loadPair(address string, offset int, d, e v) {
	a.op("FLDPQ %d(%s), (%s, %s)", offset, address, d.f(), e.f())
}

// loadNext reads one register and goes on to what follows it.
func (a arm) loadNext(address string, d v) { a.op("FMOVQ.P 16(%s), %s", address, d.f()) }

// loadNext2 reads two registers and goes on to what follows them.
func (a arm) loadNext2(address string, d, e v) {
	a.op("FLDPQ.P 32(%s), (%s, %s)", address, d.f(), e.f())
}

// storeNext writes two registers and goes on to what follows them, in two steps: so the next turn need not wait for the
// numbers.
func (a arm) storeNext(address string, d, e v) {
	a.op("FSTPQ (%s, %s), (%s)", d.f(), e.f(), address)
	a.op("ADD $32, %s", address)
}
