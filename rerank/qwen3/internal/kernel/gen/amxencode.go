package main

// The instructions of AMX (Intel's manual, volume 2). All are VEX.128.0F38.W0; pp is the prefix that they stand for.
const (
	ppNone, ppF3, ppF2 = 0, 2, 3
	vex128map0F38      = 2
)

// vexLDTILECFG reads the shapes of all tiles: VEX.NP 49 !(11):000:bbb.
func vexLDTILECFG(base string) []byte {
	b := general(base)
	return []byte{0xc4, 1<<7 | 1<<6 | inverted(b)<<5 | vex128map0F38, 0x78 | ppNone, 0x49, byte(b & 7)}
}

// vexTILERELEASE forgets them: VEX.NP 49 C0.
func vexTILERELEASE() []byte { return []byte{0xc4, 0xe2, 0x78 | ppNone, 0x49, 0xc0} }

// vexTILEZERO is VEX.F2 49 11:rrr:000.
func vexTILEZERO(tile int) []byte {
	return []byte{0xc4, 0xe2, 0x78 | ppF2, 0x49, 0xc0 | byte(tile)<<3}
}

// vexTILELOADD is VEX.F2 4B !(11):rrr:100: rows lie the index register apart.
func vexTILELOADD(tile int, base, index string, disp int) []byte {
	return vexTileMemory(ppF2, tile, base, index, disp)
}

// vexTILESTORED is VEX.F3 4B !(11):rrr:100.
func vexTILESTORED(tile int, base, index string, disp int) []byte {
	return vexTileMemory(ppF3, tile, base, index, disp)
}

func vexTileMemory(pp byte, tile int, base, index string, disp int) []byte {
	b, x := general(base), general(index)
	modRM, sib := 4|byte(tile)<<3, byte(x&7)<<3|byte(b&7)
	code := []byte{0xc4, 1<<7 | inverted(x)<<6 | inverted(b)<<5 | vex128map0F38, 0x78 | pp, 0x4b, modRM, sib}
	if disp != 0 || b&7 == 5 { // BP and R13 always have a displacement
		code[4] |= 1 << 6
		code = append(code, byte(disp)) // one byte, -128 to 127
	}
	return code
}

// vexTDPBF16PS is VEX.F3 5C 11:rrr:bbb: ModRM.rm has A, VEX.vvvv has B.
func vexTDPBF16PS(dst, a, b int) []byte { return vexTiles(ppF3, 0x5c, dst, a, b) }

// vexTDPBSSD is VEX.F2 5E 11:rrr:bbb, on signed bytes of both.
func vexTDPBSSD(dst, a, b int) []byte { return vexTiles(ppF2, 0x5e, dst, a, b) }

func vexTiles(pp, opcode byte, reg, rm, vvvv int) []byte {
	return []byte{0xc4, 0xe2, byte(^vvvv&15)<<3 | pp, opcode, 0xc0 | byte(reg)<<3 | byte(rm)}
}

// general is the number of a general register.
func general(name string) int {
	for i, n := range []string{"AX", "CX", "DX", "BX", "SP", "BP", "SI", "DI", "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15"} {
		if n == name {
			return i
		}
	}
	panic("gen: no register " + name)
}
