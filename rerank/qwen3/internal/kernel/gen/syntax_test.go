package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// asArm is a comment in Arm's own syntax as objdump has it.
func asArm(comment string) string { return strings.ToLower(comment) }

var (
	goMemory   = regexp.MustCompile(`(-?\d*)\((\w+)\)(?:\((\w+)\*(\d)\))?`)
	goRegister = regexp.MustCompile(`\b(?:([XYZ])(\d+)|TMM(\d)|([ABCD]X|[SD]I|[SB]P)|R(\d+))\b`)
)

// asATT is a comment in the syntax of Go's assembler as objdump has it: registers by their full names, and addresses in
// AT&T's form. The order of operands is the same.
func asATT(comment string) string {
	name, operands, _ := strings.Cut(comment, " ")
	operands = goMemory.ReplaceAllStringFunc(operands, func(s string) string {
		m := goMemory.FindStringSubmatch(s)
		offset, inside := "", m[2]
		var n int
		if _, err := fmt.Sscan(m[1], &n); err == nil && n != 0 {
			offset = fmt.Sprintf("%#x", n)
		}
		if m[3] != "" {
			inside += "," + m[3] + "," + m[4]
		}
		return offset + "(" + inside + ")"
	})
	operands = goRegister.ReplaceAllStringFunc(operands, func(s string) string {
		switch s[0] {
		case 'X', 'Y', 'Z':
			return "%" + s[:1] + "mm" + s[1:]
		case 'T', 'R':
			return "%" + s
		}
		return "%r" + s
	})
	text := strings.ToLower(strings.TrimSpace(name + " " + strings.ReplaceAll(operands, ", ", ",")))
	if name == "VPDPBUSD" && !strings.Contains(text, "zmm") {
		text = "{vex} " + text // as opposed to AVX-512's, on the same registers
	}
	return text
}

func TestAsATT(t *testing.T) {
	for comment, want := range map[string]string{
		"VPDPBUSD Y15, Y14, Y0":           "{vex} vpdpbusd %ymm15,%ymm14,%ymm0",
		"VDPBF16PS Z30, Z31, Z5":          "vdpbf16ps %zmm30,%zmm31,%zmm5",
		"TDPBF16PS TMM7, TMM5, TMM2":      "tdpbf16ps %tmm7,%tmm5,%tmm2",
		"TILELOADD 64(R8)(BX*1), TMM4":    "tileloadd 0x40(%r8,%rbx,1),%tmm4",
		"TILESTORED TMM1, 0(DX)(R14*1)":   "tilestored %tmm1,(%rdx,%r14,1)",
		"TILESTORED TMM1, -128(DI)(SI*8)": "tilestored %tmm1,-0x80(%rdi,%rsi,8)",
		"LDTILECFG (AX)":                  "ldtilecfg (%rax)",
		"TILERELEASE":                     "tilerelease",
	} {
		if got := asATT(comment); got != want {
			t.Errorf("%q is %q, want %q", comment, got, want)
		}
	}
}
