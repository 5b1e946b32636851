// Gen writes the assembly of package kernel that is too regular to write by hand: `go generate` in that package.
//
// Each file of it emits one kind of tile for several classes of CPU; the loops are unrolled and registers are handed out
// here, so that a tile of another size is another argument. Instructions that Go's assembler does not know are written as
// bytes (encode.go), which a test holds against what a disassembler reads in them. What every function computes is said in
// package kernel, in plain Go. What is for arm64 is in files that begin with arm (at the end of a name it would say where
// they are built). Read next: asm.go, then q8.go.
package main

import (
	"log"
	"os"
)

func main() {
	for name, text := range files() {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// files returns all that is generated, by file name as seen from package kernel.
func files() map[string]string {
	return map[string]string{
		"q8_amd64.s":           q8(),
		"f32_amd64.s":          f32(),
		"q8_arm64.s":           armQ8(),
		"f32_arm64.s":          armF32(),
		"vec_arm64.s":          armVec(),
		"bf16_amd64.s":         bf16(),
		"amx_amd64.s":          amx(),
		"int8_amd64.s":         int8s(),
		"../peak/peak_amd64.s": peak(),
	}
}
