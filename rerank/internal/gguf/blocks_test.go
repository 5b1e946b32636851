package gguf

import (
	"crypto/sha256"
	"crypto/sha3"
	"encoding/binary"
	"encoding/json"
	"fmt"
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
	var file struct{ Formats map[string]golden }
	readBlocks(t, &file)
	return file.Formats
}

func readBlocks(t testing.TB, v any) {
	t.Helper()
	data, err := os.ReadFile("testdata/blocks.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
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

// The same of thousands of random blocks of every format that is decoded, the plain ones included, by a hash of the numbers.
// Script and test draw the same bits.
func TestManyBlocksAgreeWithTheReferenceDecoder(t *testing.T) {
	var file struct {
		Many struct {
			Blocks int
			SHA256 map[string]string
		}
	}
	readBlocks(t, &file)
	// Bytes with the second highest bit of a scale, or of a plain number. Without it no number is infinite.
	high := map[Type][]int{
		F32: {3}, F16: {1}, BF16: {1}, Q4_0: {1}, Q4_1: {1, 3}, Q5_0: {1}, Q5_1: {1, 3}, Q8_0: {1}, Q2_K: {81, 83}, Q3_K: {109},
		Q4_K: {1, 3}, Q5_K: {1, 3}, Q6_K: {209}, IQ4_NL: {1}, IQ4_XS: {1},
	}
	for _, kind := range everyType() {
		if !kind.Readable() {
			continue
		}
		blocks, g := make([]byte, file.Many.Blocks*types[kind].bytes), types[kind]
		random := sha3.NewSHAKE128()
		if _, err := random.Write([]byte(kind.String())); err != nil {
			t.Fatal(err)
		}
		if _, err := random.Read(blocks); err != nil {
			t.Fatal(err)
		}
		for block := range slices.Chunk(blocks, g.bytes) {
			for _, at := range high[kind] {
				block[at] &= 0xbf
			}
		}
		numbers := make([]float32, file.Many.Blocks*g.block)
		if err := Decode(numbers, kind, blocks); err != nil || len(numbers) < 4096 {
			t.Errorf("%v: %d numbers, %v", kind, len(numbers), err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(Encode(F32, numbers))); got != file.Many.SHA256[kind.String()] {
			t.Errorf("%v: the numbers of %d blocks are not the reference's", kind, file.Many.Blocks)
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
