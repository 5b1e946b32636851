package gguf

import (
	"bytes"
	"encoding/binary"
	"io"
	"runtime"
	"strings"
	"testing"
)

// raw puts a header together by hand: what is not a string or an integer is put in as bytes.
func raw(parts ...any) []byte {
	b := []byte("GGUF")
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = appendText(b, p)
		case []byte:
			b = append(b, p...)
		case int:
			b = binary.LittleEndian.AppendUint64(b, uint64(p))
		case uint32:
			b = binary.LittleEndian.AppendUint32(b, p)
		default:
			panic(p)
		}
	}
	return b
}

// Short names for raw: version 3, and the four-byte numbers of one dimension, two dimensions and some kinds.
const (
	v3       = uint32(3)
	d1, d2   = uint32(1), uint32(2)
	f32, q4k = uint32(F32), uint32(12)
	u32      = uint32(kindUint32)
	array    = uint32(kindArray)
	text     = uint32(kindString)
)

func TestReadRefuses(t *testing.T) {
	numbers := make([]byte, 256)
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"an empty file", nil, "it is empty"},
		{"text", []byte("Entry not found. Ünïcode, too"), "it is text"},
		{"a Git LFS pointer", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00"), "Git LFS pointer"},
		{"a web page", []byte("\n<!DOCTYPE html><html>"), "web page"},
		{"safetensors", append([]byte{20, 0, 0, 0, 0, 0, 0, 0}, `{"__metadata__":{}} and more`...), "safetensors"},
		{"zip", []byte("PK\x03\x04........"), "zip archive"},
		{"gzip", []byte("\x1f\x8b......"), "gzip"},
		{"the form before GGUF", []byte("tjgg\x03\x00\x00\x00"), "GGML form"},
		{"something else", []byte("\x00\x01\x02\xff\xfe"), `begins with "\x00\x01\x02\xff\xfe"`},
		{"only a part of the name", []byte("GG"), "it is text"},
		{"a big-endian file", []byte("GGUF\x00\x00\x00\x03"), "big-endian"},
		{"version 1", raw(uint32(1), 0, 0), "version 1"},
		{"version 0", raw(uint32(0), 0, 0), "version 0"},
		{"a later version", raw(uint32(300), 0, 0), "version 300"},
		{"no counts", raw(v3), "ends inside its header, at byte 8"},
		{"too many tensors", raw(v3, 1<<40, 0), "claims 1099511627776 tensors"},
		{"more tensors than bytes", raw(v3, 1000, 0, numbers), "ends 256 bytes later"},
		{"more keys than bytes", raw(v3, 0, 1000), "claims 1000 metadata keys"},
		{"a key longer than the file", raw(v3, 0, 1, 60000, numbers), "claims 60000 bytes of text"},
		{"a key too long", raw(v3, 0, 1, 1<<62, numbers), "damaged"},
		{"a text longer than the file", raw(v3, 0, 1, "a", text, 1<<20, numbers), "ends 256 bytes later: the download is incomplete"},
		{"more strings than bytes", raw(v3, 0, 1, "a", array, text, 1<<20, numbers), "claims 1048576 strings"},
		{"too many strings", raw(v3, 0, 1, "a", array, text, 1<<60, numbers), "damaged"},
		{"more numbers than bytes", raw(v3, 0, 1, "a", array, u32, 1<<20, numbers), "claims 1048576 numbers"},
		{"an array of arrays", raw(v3, 0, 1, "a", array, array, 1, numbers), "array of arrays"},
		{"an unknown kind", raw(v3, 0, 1, "a", uint32(13), numbers), `"a" is of kind 13`},
		{"an array of an unknown kind", raw(v3, 0, 1, "a", array, uint32(99), 1, numbers), "array of kind 99"},
		{"a key twice", raw(v3, 0, 2, "a", u32, uint32(1), "a", u32, uint32(1)), `"a" twice`},
		{"no dimensions", raw(v3, 1, 0, "x", uint32(0), numbers), `"x" has 0 dimensions`},
		{"too many dimensions", raw(v3, 1, 0, "x", uint32(5), numbers), "5 dimensions"},
		{"a dimension of nothing", raw(v3, 1, 0, "x", d2, 4, 0, f32, 0, numbers), "impossible dimensions"},
		{"dimensions that overflow", raw(v3, 1, 0, "x", d2, 1<<32, 1<<32, f32, 0, numbers), "impossible dimensions"},
		{"dimensions whose bytes overflow", raw(v3, 1, 0, "x", d2, 1<<31, 1<<31, f32, 0, numbers), "impossible dimensions"},
		{"more than fits", raw(v3, 1, 0, "x", d1, 1<<40, f32, 0, numbers), "the download is incomplete"},
		{"an unknown type", raw(v3, 1, 0, "x", d1, 4, uint32(99), 0, numbers), `"x" is type 99`},
		{"a type without a size", raw(v3, 1, 0, "x", d1, 4, uint32(5), 0, numbers), `"x" is Q4_3`},
		{"half a block", raw(v3, 1, 0, "x", d1, 100, q4k, 0, numbers), "rows of 100"},
		{"an offset far away", raw(v3, 1, 0, "x", d1, 4, f32, 1<<62, numbers), "damaged"},
		{"an offset that overflows", raw(v3, 1, 0, "x", d1, 4, f32, -32, numbers), "damaged"},
		{"a tensor between the lines", raw(v3, 1, 0, "x", d1, 4, f32, 16, numbers), "no multiple of 32"},
		{"a tensor twice", raw(v3, 2, 0, "x", d1, 4, f32, 0, "x", d1, 4, f32, 32, numbers), `tensor "x" twice`},
		{"tensors that overlap", raw(v3, 2, 0, "x", d1, 4, f32, 32, "y", d1, 9, f32, 0, numbers), `"y" and "x" overlap`},
		{"tensors in one place", raw(v3, 2, 0, "x", d1, 4, f32, 0, "y", d1, 4, f32, 0, numbers), `"x" and "y" overlap`},
		{"an odd alignment", raw(v3, 0, 1, "general.alignment", u32, uint32(48)), "not a power of two"},
		{"no alignment", raw(v3, 0, 1, "general.alignment", u32, uint32(0)), "not a power of two"},
		{"a huge alignment", raw(v3, 0, 1, "general.alignment", u32, uint32(1<<31)), "not a power of two"},
		{"an alignment in words", raw(v3, 0, 1, "general.alignment", text, "32"), "not a power of two"},
	} {
		if _, err := read(c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func TestTypesThatAreNotDecoded(t *testing.T) {
	f, err := read(raw(v3, 1, 0, "blk.0.attn_q.weight", d1, 256, uint32(17), 0, make([]byte, 256)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Float32(f.Tensors[0])
	want := `gguf: tensor "blk.0.attn_q.weight" is IQ2_XS, which is not read here: take the Q8_0 file of this model, or one in ` +
		`F32, F16, BF16, Q8_0, Q6_K, Q5_K, Q4_K, Q3_K, Q2_K, Q5_1, Q5_0, Q4_1, Q4_0, IQ4_XS or IQ4_NL`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if b, err := io.ReadAll(f.Section(f.Tensors[0])); err != nil || len(b) != 74 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

// However short a download was cut, it is refused: by its header, or by what its tensors need.
func TestEveryTruncation(t *testing.T) {
	data := sample(t)
	f, err := read(data)
	if err != nil {
		t.Fatal(err)
	}
	last := f.Tensors[len(f.Tensors)-1]
	for n := range last.Offset + last.Size {
		_, err := read(data[:n])
		if err == nil {
			t.Fatalf("%d of %d bytes are taken for a file", n, len(data))
		}
		if n >= 24 && !strings.Contains(err.Error(), "incomplete") {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	_, err = read(data[:last.Offset])
	if err == nil || !strings.Contains(err.Error(), "68 more: the download is incomplete") {
		t.Errorf("got %v", err)
	}
}

// The last tensor need not be padded, and tensors need not be in the order of the table.
func TestReadAccepts(t *testing.T) {
	numbers := make([]byte, 48)
	for name, data := range map[string][]byte{
		"version 2":         raw(uint32(2), 0, 0),
		"no tensors":        raw(v3, 0, 0),
		"any order":         raw(v3, 2, 0, "x", d1, 4, f32, 32, "y", d1, 8, f32, 0, make([]byte, 6), numbers),
		"a gap":             raw(v3, 1, 0, "x", d1, 4, f32, 32, make([]byte, 7), numbers),
		"an alignment of 8": raw(v3, 1, 1, "general.alignment", u32, uint32(8), "x", d1, 4, f32, 8, make([]byte, 6), make([]byte, 24)),
	} {
		if _, err := read(data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	aligned := file(t, []KV{{"general.alignment", uint32(256)}}, TensorData{"x", []int{1}, F32, []float32{1}}, TensorData{"y", []int{1}, F32, []float32{2}})
	f, err := read(aligned)
	if err != nil || f.Tensors[1].Offset%256 != 0 {
		t.Errorf("%+v, %v", f, err)
	}
}

// A header may claim anything; memory follows the bytes that are there.
func TestClaimsCostNoMemory(t *testing.T) {
	for name, data := range map[string][]byte{
		"strings": raw(v3, 0, 1, "a", array, text, maxElements, make([]byte, 1000)),
		"numbers": raw(v3, 0, 1, "a", array, u32, maxElements, make([]byte, 1000)),
		"text":    raw(v3, 0, 1, "a", text, maxText, make([]byte, 1000)),
		"tensors": raw(v3, maxTensors, 0, make([]byte, 1000)),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(data)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; err == nil || used > 1<<20 {
			t.Errorf("%s: %d bytes allocated, %v", name, used, err)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		kv     []KV
		tensor TensorData
	}{
		"a value it does not know": {[]KV{{"a", 7}}, TensorData{"x", []int{1}, F32, []float32{1}}},
		"too few numbers":          {nil, TensorData{"x", []int{2}, F32, []float32{1}}},
		"no dimensions":            {nil, TensorData{"x", nil, F32, []float32{1}}},
		"no numbers":               {nil, TensorData{"x", []int{0}, F32, nil}},
		"half a block":             {nil, TensorData{"x", []int{16, 2}, Q8_0, make([]float32, 32)}},
		"a type it does not write": {nil, TensorData{"x", []int{256}, 12, make([]float32, 256)}},
	} {
		if err := Write(new(bytes.Buffer), c.kv, []TensorData{c.tensor}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sample(f))
	f.Add(raw(v3, 1, 0, "x", d1, 256, q4k, 0, make([]byte, 256)))
	f.Add(raw(uint32(2), 0, 1, "general.alignment", u32, uint32(8)))
	f.Add([]byte("version https://git-lfs"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := read(data)
		if err != nil {
			return
		}
		for _, tensor := range file.Tensors {
			raw, err := io.ReadAll(file.Section(tensor))
			if err != nil {
				t.Fatalf("tensor %q was promised: %v", tensor.Name, err)
			}
			numbers, err := file.Float32(tensor)
			if tensor.Type.Readable() != (err == nil) || err == nil && tensor.Type.RowSize(len(numbers)) != len(raw) {
				t.Fatalf("tensor %+v gives %d bytes, %d numbers, %v", tensor, len(raw), len(numbers), err)
			}
		}
		for key := range file.values {
			file.Ints(key)
			file.Strings(key)
			file.String(key)
			file.Uint(key)
			file.Float(key)
			file.Bool(key)
		}
		rewritten := rewrite(t, file)
		if again, err := read(rewritten); err != nil || !bytes.Equal(rewritten, rewrite(t, again)) {
			t.Fatalf("metadata written again: %v", err)
		}
	})
}
