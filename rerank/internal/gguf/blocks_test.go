package gguf

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// inBlocks are the types that are stored in blocks and decoded.
func inBlocks() []Type {
	return slices.DeleteFunc(everyType(), func(t Type) bool { return t.decoder() == nil })
}

func everyType() []Type {
	var all []Type
	for t := range types {
		all = append(all, t)
	}
	slices.Sort(all)
	return all
}

// A golden is a format's blocks and what the gguf package decodes them to, as testdata/blocks.py writes them.
type golden struct{ Blocks, Values []byte }

func goldens(t testing.TB) map[string]golden {
	t.Helper()
	data, err := os.ReadFile("testdata/blocks.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Formats map[string]golden }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Formats
}

// Every number equals the gguf package's in all its bits, the sign of zero included.
func TestBlocksAgreeWithTheReferenceDecoder(t *testing.T) {
	formats := goldens(t)
	if len(formats) != len(inBlocks()) {
		t.Errorf("%d formats are compared, %d are decoded", len(formats), len(inBlocks()))
	}
	for _, kind := range inBlocks() {
		c := formats[kind.String()]
		got := make([]float32, len(c.Values)/4)
		if err := Decode(got, kind, c.Blocks); err != nil || len(got) < 6*types[kind].block {
			t.Errorf("%v: %d numbers, %v", kind, len(got), err)
		}
		wrong := 0
		for i, x := range got {
			if want := binary.LittleEndian.Uint32(c.Values[4*i:]); math.Float32bits(x) != want {
				if wrong++; wrong <= 3 {
					t.Errorf("%v: number %d is %v, want %v", kind, i, x, math.Float32frombits(want))
				}
			}
		}
	}
}

// A tensor of blocks that is larger than the chunks that Float32 reads comes out whole.
func TestLargeTensorOfBlocks(t *testing.T) {
	formats := goldens(t)
	for _, kind := range inBlocks() {
		g, blocks := types[kind], formats[kind.String()].Blocks
		rows := chunkBytes/len(blocks) + 1
		data := raw(v3, 1, 0, "x", d2, len(blocks)/g.bytes*g.block, rows, uint32(kind), 0, make([]byte, 31), slices.Repeat(blocks, rows))
		f, err := read(data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Float32(f.Tensors[0])
		if err != nil {
			t.Fatal(err)
		}
		row := make([]float32, f.Tensors[0].Cols())
		if err := Decode(row, kind, blocks); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, slices.Repeat(row, rows)) {
			t.Errorf("%v: the rows of %d are not alike", kind, rows)
		}
	}
}

// What cannot be decoded is refused with its name, and with what can be taken instead.
func TestEveryTypeIsDecodedOrRefused(t *testing.T) {
	for _, kind := range everyType() {
		if types[kind].block == 0 {
			continue // refused when the table is read
		}
		f, err := read(raw(v3, 1, 0, "x", d1, 256, uint32(kind), 0, make([]byte, 4096)))
		if err != nil {
			t.Fatal(err)
		}
		numbers, err := f.Float32(f.Tensors[0])
		named := strings.Contains(" "+strings.NewReplacer(",", "", "or ", "").Replace(readable)+" ", " "+kind.String()+" ")
		switch {
		case named != kind.Readable():
			t.Errorf("%v: named in messages %t, readable %t", kind, named, kind.Readable())
		case kind.Readable() && (err != nil || len(numbers) != 256):
			t.Errorf("%v: %d numbers, %v", kind, len(numbers), err)
		case !kind.Readable() && (err == nil || !strings.Contains(err.Error(), `"x" is `+kind.String()+`, which is not read here: take the Q8_0 file`)):
			t.Errorf("%v: %v", kind, err)
		}
	}
}

// A table's entry has whole blocks, and the file holds them all, or nothing is allocated for it.
func TestBlocksFillRowsAndAreInTheFile(t *testing.T) {
	for _, kind := range inBlocks() {
		g := types[kind]
		entry := func(cols, bytes int) []byte {
			return raw(v3, 1, 0, "x", d1, cols, uint32(kind), 0, make([]byte, 7+bytes))
		}
		// The header is 57 bytes, so that the numbers begin at 64.
		if _, err := read(entry(2*g.block, 2*g.bytes)); err != nil {
			t.Errorf("%v: %v", kind, err)
		}
		for name, c := range map[string]struct {
			data []byte
			want string
		}{
			"half a block":    {entry(g.block*3/2, 3*g.bytes), "no multiple of the block of " + kind.String()},
			"a byte too few":  {entry(2*g.block, 2*g.bytes-1), "1 more: the download is incomplete"},
			"far too many":    {entry(1<<50, 2*g.bytes), "the download is incomplete"},
			"less than a row": {entry(1, g.bytes), "no multiple of the block of " + kind.String()},
		} {
			if _, err := read(c.data); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %s: %v", kind, name, err)
			}
		}
	}
}

// Any bytes decode, whatever scales they hold, in blocks that do not depend on each other.
func FuzzDecode(f *testing.F) {
	for name, c := range goldens(f) {
		for _, kind := range inBlocks() {
			if kind.String() == name {
				f.Add(uint32(kind), c.Blocks)
			}
		}
	}
	f.Add(uint32(F32), []byte{0, 0, 0x80, 0x7f})
	f.Fuzz(func(t *testing.T, kind uint32, src []byte) {
		g := types[Type(kind)]
		if !Type(kind).Readable() {
			if Decode(nil, Type(kind), nil) == nil {
				t.Fatalf("%v is decoded", Type(kind))
			}
			return
		}
		n := len(src) / g.bytes
		all := make([]float32, n*g.block)
		if err := Decode(all, Type(kind), src); (err == nil) != (n*g.bytes == len(src)) {
			t.Fatalf("%d bytes of %v: %v", len(src), Type(kind), err)
		}
		src = src[:n*g.bytes]
		if err := Decode(all, Type(kind), src); err != nil {
			t.Fatal(err)
		}
		one := make([]float32, g.block)
		for i := range n {
			if err := Decode(one, Type(kind), src[i*g.bytes:][:g.bytes]); err != nil {
				t.Fatal(err)
			}
			for j, x := range one {
				if math.Float32bits(x) != math.Float32bits(all[i*g.block+j]) {
					t.Fatalf("block %d of %v: number %d is %v alone and %v among others", i, Type(kind), j, x, all[i*g.block+j])
				}
			}
		}
	})
}

// Bytes are those of the numbers that come out.
func BenchmarkDecode(b *testing.B) {
	formats := goldens(b)
	for _, kind := range inBlocks() {
		src := slices.Repeat(formats[kind.String()].Blocks, 100)
		dst := make([]float32, len(src)/types[kind].bytes*types[kind].block)
		b.Run(kind.String(), func(b *testing.B) {
			b.SetBytes(int64(4 * len(dst)))
			for b.Loop() {
				if err := Decode(dst, kind, src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
