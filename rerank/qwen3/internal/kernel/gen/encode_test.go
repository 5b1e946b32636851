package main

import (
	"cmp"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// An encoding is an instruction that a generated file has as bytes, and what it is by the comment beside them.
type encoding struct {
	bytes []byte // as they lie in memory
	text  string
}

var handLine = regexp.MustCompile(`^\t((?:BYTE \$0x[0-9a-f]{2}(?:; )?)+|WORD \$0x[0-9a-f]{8}) // (.+)$`)

// encodings are all that the generated files of an architecture have, each once, ordered by what they are.
func encodings(t *testing.T, arch string) (all []encoding) {
	t.Helper()
	for name, text := range files() {
		if !strings.HasSuffix(name, "_"+arch+".s") {
			continue
		}
		for line := range strings.Lines(text) {
			if !strings.Contains(line, "BYTE ") && !strings.Contains(line, "WORD ") {
				continue
			}
			m := handLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
			if m == nil {
				t.Fatalf("%s: an instruction as bytes without a comment that says which: %q", name, line)
			}
			all = append(all, encoding{bytesOf(m[1]), m[2]})
		}
	}
	if len(all) == 0 {
		t.Fatalf("no instruction of %s is written as bytes", arch)
	}
	slices.SortFunc(all, func(a, b encoding) int {
		return cmp.Or(cmp.Compare(a.text, b.text), slices.Compare(a.bytes, b.bytes))
	})
	return slices.CompactFunc(all, func(a, b encoding) bool { return a.text == b.text && slices.Equal(a.bytes, b.bytes) })
}

// bytesOf reads the bytes of BYTE or of a little-endian WORD.
func bytesOf(directives string) (b []byte) {
	for _, number := range regexp.MustCompile(`\$0x([0-9a-f]+)`).FindAllStringSubmatch(directives, -1) {
		digits, err := hex.DecodeString(number[1])
		if err != nil {
			panic(err)
		}
		slices.Reverse(digits)
		b = append(b, digits...)
	}
	return b
}

// The bytes of each instruction cannot change unnoticed, even where there is no disassembler.
func TestEncodingsAreTheGoldenOnes(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		var b strings.Builder
		for _, e := range encodings(t, arch) {
			fmt.Fprintf(&b, "% x\t%s\n", e.bytes, e.text)
		}
		golden := filepath.Join("testdata", arch+".golden")
		if *update {
			if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Errorf("instructions of %s written as bytes are not those of %s: if a disassembler agrees with them, run go test ./gen -update",
				arch, golden)
		}
	}
}

// A disassembler reads in the bytes of each instruction what the comment beside them says.
func TestDisassemblerReadsWhatCommentsSay(t *testing.T) {
	for _, arch := range []struct {
		name, machine, format, prefix string
		written                       func(comment string) string // a comment, as the disassembler would have it
	}{
		{"amd64", "i386:x86-64", "elf64-x86-64", "x86_64-linux-gnu", asATT},
		{"arm64", "aarch64", "elf64-littleaarch64", "aarch64-linux-gnu", asArm},
	} {
		t.Run(arch.name, func(t *testing.T) {
			tool := objdump(arch.prefix, arch.format)
			if tool == "" {
				message := "no GNU objdump for " + arch.machine + ": apt-get install binutils-" + strings.ReplaceAll(arch.prefix, "_", "-")
				if os.Getenv("CI") == "true" {
					t.Fatal(message)
				}
				t.Skip(message)
			}
			all := encodings(t, arch.name)
			read := disassemble(t, tool, arch.machine, all)
			at := 0
			for _, e := range all {
				if want := arch.written(e.text); read[at] != want {
					t.Errorf("% x is %q, the comment says %q", e.bytes, read[at], want)
				}
				at += len(e.bytes)
			}
			if len(read) != len(all) {
				t.Errorf("the bytes of %d instructions are %d", len(all), len(read))
			}
		})
	}
}

// objdump is the name of a GNU objdump that reads a format, or nothing.
func objdump(prefix, format string) string {
	for _, name := range []string{prefix + "-objdump", "objdump"} {
		if out, err := exec.Command(name, "--info").Output(); err == nil && strings.Contains(string(out), format) {
			return name
		}
	}
	return ""
}

var disassembled = regexp.MustCompile(`(?m)^\s*([0-9a-f]+):\t(.*?)\s*$`)

// disassemble returns what a disassembler reads in all bytes in a row, by where it begins, with single spaces.
func disassemble(t *testing.T, tool, machine string, all []encoding) map[int]string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "code")
	var code []byte
	for _, e := range all {
		code = append(code, e.bytes...)
	}
	if err := os.WriteFile(file, code, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool, "-D", "-z", "-b", "binary", "-m", machine, "--no-show-raw-insn", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	read := map[int]string{}
	for _, m := range disassembled.FindAllStringSubmatch(string(out), -1) {
		var at int
		if _, err := fmt.Sscanf(m[1], "%x", &at); err != nil {
			t.Fatal(err)
		}
		read[at] = strings.Join(strings.Fields(m[2]), " ")
	}
	return read
}
