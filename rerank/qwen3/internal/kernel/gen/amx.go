package main

import "fmt"

// amx emits the strips of AMX.
func amx() string {
	a := newAsm()
	for _, d := range []dot{dotBF16, dotInt8} {
		for _, size := range [][2]int{{2, 2}, {2, 1}, {1, 2}, {1, 1}} {
			amxStrip(a, d, size[0], size[1])
		}
	}
	return a.String()
}

// A dot is the instruction that multiplies two tiles and adds the product to a third.
type dot struct {
	name, mnemonic string
	code           func(dst, a, b int) []byte
}

var (
	dotBF16 = dot{"BF16", "TDPBF16PS", vexTDPBF16PS}
	dotInt8 = dot{"Int8", "TDPBSSD", vexTDPBSSD}
)

// The tiles: 2 x 2 of sums, 2 of A below each other, 2 of B beside each other. Package kernel gives them their shapes.
const (
	tileSums = 0
	tileA    = 4
	tileB    = 6
)

// amxStrip emits strips of height by width tiles. CX counts tiles along k and R13 strips; the other registers are
//
//	R8, R10  the tiles of A, whose rows are R9 apart, from SI on
//	R11, BX  the tiles of B, whose panels are R12 apart; their rows are R15, 64 bytes, apart
//	DX, AX   the tiles of C, whose rows are R14 apart
func amxStrip(a *asm, d dot, height, width int) {
	name := fmt.Sprintf("amx%sx%dx%d", d.name, height, width)
	a.line("\n// func %s(s *strip)\n//\n// Up to %d rows by %d panels at a time, by %s.", name, 16*height, width, d.mnemonic)
	a.line("TEXT ·%s(SB), NOSPLIT, $0-8", name)
	a.op("MOVQ s+0(FP), DI")
	a.op("LEAQ strip_shape(DI), AX")
	a.hand(vexLDTILECFG("AX"), "LDTILECFG (AX)")
	for _, arg := range [][2]string{{"a", "SI"}, {"lda", "R9"}, {"ldb", "R12"}, {"c", "DX"}, {"ldc", "R14"}, {"count", "R13"}} {
		a.op("MOVQ strip_%s(DI), %s", arg[0], arg[1])
	}
	a.op("MOVQ $64, R15")
	s := amxTiles{a: []string{"R8", "R10"}[:height], b: []string{"R11", "BX"}[:width], c: []string{"DX", "AX"}[:height]}
	a.line("\nstrip:")
	s.addresses(a)
	s.begin(a)
	s.loop(a, d)
	for i, c := range s.c {
		for j := range s.b {
			a.tileStore(s.sum(i, j), c, "R14", 64*j)
		}
	}
	for _, r := range [][2]string{{"R9", "SI"}, {"R14", "DX"}} {
		a.op("MOVQ %s, AX", r[0])
		a.op("SHLQ $%d, AX", 3+height) // times the rows of a strip
		a.op("ADDQ AX, %s", r[1])
	}
	a.op("DECQ R13")
	a.op("JNZ strip")
	a.hand(vexTILERELEASE(), "TILERELEASE")
	a.end()
}

// amxTiles are the registers with the addresses of the tiles of a strip.
type amxTiles struct{ a, b, c []string }

func (s amxTiles) sum(i, j int) int { return tileSums + 2*i + j }

// addresses sets them for the next strip.
func (s amxTiles) addresses(a *asm) {
	a.op("MOVQ SI, %s", s.a[0])
	if len(s.a) > 1 {
		a.op("MOVQ R9, %s", s.a[1])
		a.op("SHLQ $4, %s", s.a[1])
		a.op("ADDQ SI, %s", s.a[1])
		a.op("MOVQ R14, %s", s.c[1])
		a.op("SHLQ $4, %s", s.c[1])
		a.op("ADDQ DX, %s", s.c[1])
	}
	a.op("MOVQ strip_b(DI), %s", s.b[0])
	if len(s.b) > 1 {
		a.op("LEAQ (%s)(R12*1), %s", s.b[0], s.b[1])
	}
	a.op("MOVQ strip_k(DI), CX")
}

// begin sets the sums to zero, or to C if the strip says add.
func (s amxTiles) begin(a *asm) {
	a.op("CMPQ strip_add(DI), $0")
	a.op("JNE load")
	for i := range s.a {
		for j := range s.b {
			a.hand(vexTILEZERO(s.sum(i, j)), "TILEZERO TMM%d", s.sum(i, j))
		}
	}
	a.op("JMP loop")
	a.line("\nload:")
	for i, c := range s.c {
		for j := range s.b {
			a.tileLoad(s.sum(i, j), c, "R14", 64*j)
		}
	}
	a.line("\nloop:")
}

// loop multiplies along k: a tile is loaded just before the first product that needs it.
func (s amxTiles) loop(a *asm, d dot) {
	for i := range s.a {
		for j := range s.b {
			if i == 0 {
				a.tileLoad(tileB+j, s.b[j], "R15", 0)
			}
			if j == 0 {
				a.tileLoad(tileA+i, s.a[i], "R9", 0)
			}
			a.hand(d.code(s.sum(i, j), tileA+i, tileB+j), "%s TMM%d, TMM%d, TMM%d", d.mnemonic, tileB+j, tileA+i, s.sum(i, j))
		}
	}
	for _, r := range s.a {
		a.op("ADDQ $64, %s", r)
	}
	for _, r := range s.b {
		a.op("ADDQ $1024, %s", r)
	}
	a.op("DECQ CX")
	a.op("JNZ loop")
	a.line("")
}

func (a *asm) tileLoad(tile int, base, index string, disp int) {
	a.hand(vexTILELOADD(tile, base, index, disp), "TILELOADD %s, TMM%d", tileAddress(base, index, disp), tile)
}

func (a *asm) tileStore(tile int, base, index string, disp int) {
	a.hand(vexTILESTORED(tile, base, index, disp), "TILESTORED TMM%d, %s", tile, tileAddress(base, index, disp))
}

func tileAddress(base, index string, disp int) string {
	address := fmt.Sprintf("(%s)(%s*1)", base, index)
	if disp != 0 {
		return fmt.Sprint(disp) + address
	}
	return address
}
