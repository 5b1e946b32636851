// Package bochstest runs functions in assembly in Bochs, an emulator of a whole PC, for tests of instructions that the CPU
// at hand lacks. It takes their code from the binary of the test itself.
//
// [New] skips the test unless QUERN_BOCHS names the binary of a Bochs; `.ci/bochs` builds it and prints its path:
//
//	QUERN_BOCHS=$(.ci/bochs) go test -v -run Bochs ./rerank/qwen3/internal/...
//
// A [Guest] has memory that the test fills ([Guest.Put]), a list of calls ([Guest.Call]), and, after [Guest.Run], what the
// functions left in its memory ([Guest.Get]). boot.gas is all the software that it has.
package bochstest

import (
	"bytes"
	"debug/elf"
	"debug/gosym"
	_ "embed"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Variable is the environment variable that names the binary of a Bochs.
const Variable = "QUERN_BOCHS"

// memory is in megabytes: as much as Bochs can load at once.
const memory = 8

// Where things lie in a guest: what boot.gas is told begins at base, and is head bytes long. After it comes a marker, from
// which on memory is printed when all is done.
const (
	base   = 1 << 20
	head   = 5 * 8
	marker = "what is in memory:"
)

// A Guest is a computer with a CPU that has AVX-512 and AMX (Sapphire Rapids).
type Guest struct {
	t      testing.TB
	bochs  string
	memory []byte            // from base on
	code   map[string]uint64 // where functions are
	calls  []uint64          // function, argument
}

// New makes a guest that ends with the test. Without [Variable] the test is skipped.
func New(t testing.TB) *Guest {
	t.Helper()
	bochs := os.Getenv(Variable)
	if bochs == "" {
		t.Skipf("no emulator: %s=$(.ci/bochs) go test -v -run Bochs ./rerank/qwen3/internal/... builds and runs it", Variable)
	}
	return &Guest{t: t, bochs: bochs, memory: append(make([]byte, head), marker...), code: map[string]uint64{}}
}

// Put copies bytes into the guest's memory and returns their address there, a multiple of 64.
func (g *Guest) Put(b []byte) uint64 {
	g.memory = append(g.memory, make([]byte, -len(g.memory)&63)...)
	at := base + uint64(len(g.memory))
	g.memory = append(g.memory, b...)
	return at
}

// Get copies what is at an address.
func (g *Guest) Get(b []byte, at uint64) { copy(b, g.memory[at-base:]) }

// Call has the guest call a function with one argument of 8 bytes, after those that it was given before. The function is
// one in assembly that uses nothing but its argument and the stack, named as "folder.function".
func (g *Guest) Call(function string, argument uint64) {
	g.t.Helper()
	if g.code[function] == 0 {
		g.code[function] = g.Put(machineCode(g.t, function))
	}
	g.calls = append(g.calls, g.code[function], argument)
}

// Run does all calls. It fails the test if one of them does not return.
func (g *Guest) Run() {
	t, dir := g.t, g.t.TempDir()
	t.Helper()
	var calls []byte
	for _, v := range g.calls {
		calls = binary.LittleEndian.AppendUint64(calls, v)
	}
	cursor := g.Put(calls)
	const stackBytes = 1 << 16
	stack := g.Put(make([]byte, stackBytes)) + stackBytes
	for i, v := range []uint64{stack, uint64(len(g.calls) / 2), base + head, uint64(len(g.memory) - head), cursor} {
		binary.LittleEndian.PutUint64(g.memory[8*i:], v)
	}
	if len(g.memory) > memory<<20-base {
		t.Fatalf("%d bytes: the guest has less memory", len(g.memory))
	}
	prepare(t, dir, g.memory)
	out, err := do(dir, g.bochs, "-q", "-f", "config") // the error says no more than that the guest was switched off
	at := bytes.Index(out, []byte(marker))
	if at < 0 || len(out)-at < len(g.memory)-head {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		t.Fatalf("bochs: %v: the guest did not finish. It said:\n%.2000q\nand Bochs:\n%s", err, out, log)
	}
	copy(g.memory[head:], out[at:])
}

//go:embed boot.gas
var boot []byte

// prepare writes the files that Bochs reads.
func prepare(t testing.TB, dir string, image []byte) {
	t.Helper()
	for name, data := range map[string][]byte{
		"boot.gas": boot,
		"memory":   image,
		"vga":      make([]byte, 512), // Bochs will not do without
		"config": fmt.Appendf(nil, `cpu: model=sapphire_rapids, reset_on_triple_fault=0
memory: guest=%d, host=%d, block_size=%d
romimage: file=boot, address=0xffff0000
optramimage1: file=memory, address=%#x
vgaromimage: file=vga
display_library: nogui
port_e9_hack: enabled=1
log: log
panic: action=fatal
`, memory, memory, memory<<10, base),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range [][]string{
		{"as", "-o", "boot.o", "boot.gas"},
		{"ld", "-e", "0", "-Ttext=0xffff0000", "--oformat", "binary", "-o", "boot", "boot.o"},
	} {
		if out, err := do(dir, command[0], command[1:]...); err != nil {
			t.Fatalf("%v: %v\n%s", command, err, out)
		}
	}
}

func do(dir, name string, args ...string) ([]byte, error) {
	c := exec.Command(name, args...)
	c.Dir = dir
	return c.CombinedOutput()
}

// machineCode finds a function's code in the binary that runs. A function in assembly has another of the same name, by
// which Go calls it; it is the one whose source is assembly.
func machineCode(t testing.TB, function string) []byte {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text := f.Section(".text")
	lines, err := f.Section(".gopclntab").Data()
	if err != nil {
		t.Fatal(err)
	}
	table, err := gosym.NewTable(nil, gosym.NewLineTable(lines, text.Addr))
	if err != nil {
		t.Fatal(err)
	}
	for _, fn := range table.Funcs {
		file, _, _ := table.PCToLine(fn.Entry)
		if !strings.HasSuffix(fn.Name, "/"+function) || !strings.HasSuffix(file, ".s") {
			continue
		}
		code := make([]byte, fn.End-fn.Entry)
		if _, err := text.ReadAt(code, int64(fn.Entry-text.Addr)); err != nil {
			t.Fatal(err)
		}
		return code
	}
	t.Fatalf("no function %s in %s", function, self)
	return nil
}
