package main

import (
	"fmt"
	"strings"
)

// What Go's assembler does not know, as bytes. encode_test.go holds them against a disassembler.

// hand emits an instruction as bytes, and its name beside them.
func (a *asm) hand(code []byte, format string, args ...any) {
	var b []string
	for _, c := range code {
		b = append(b, fmt.Sprintf("BYTE $0x%02x", c))
	}
	a.op("%s // %s", strings.Join(b, "; "), fmt.Sprintf(format, args...))
}

// vexVPDPBUSD is VPDPBUSD dst, u8, s8 of AVX-VNNI, on 256-bit registers: VEX.256.66.0F38.W0 50 /r. The register of
// unsigned bytes is VEX.vvvv, that of signed bytes ModRM.rm (Intel's manual, volume 2, VPDPBUSD).
func vexVPDPBUSD(dst, u8, s8 int) []byte {
	const map0F38, l256, pp66 = 2, 1 << 2, 1
	return []byte{
		0xc4,
		inverted(dst)<<7 | 1<<6 | inverted(s8)<<5 | map0F38,
		byte(^u8&15)<<3 | l256 | pp66,
		0x50,
		0xc0 | byte(dst&7)<<3 | byte(s8&7),
	}
}

// inverted is the fourth bit of a register's number as VEX has it: 1 for registers 0 to 7.
func inverted(register int) byte { return byte(^register>>3) & 1 }
