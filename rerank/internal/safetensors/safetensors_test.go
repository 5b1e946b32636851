package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// raw is a file with the header and so many bytes of numbers.
func raw(header string, numbers int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, numbers)...)
}

func read(data []byte) (*File, error) { return Read(bytes.NewReader(data), int64(len(data))) }

// list is a file's tensors in one line.
func list(f *File) string {
	var b strings.Builder
	for _, t := range f.Tensors {
		fmt.Fprintf(&b, "%s %s %d %d+%d; ", t.Name, t.DType, t.Shape, t.Offset, t.Size)
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name    string
		header  string
		numbers int
		want    string
	}{
		{"no tensors", `{}`, 0, ""},
		{"a vector", `{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}`, 12, "x F32 [3] 63+12"},
		{"spaces after the header", `{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}   `, 1, "x U8 [1] 64+1"},
		{"fields in another order", `{"x":{"data_offsets":[0,4],"shape":[1,2],"dtype":"BF16"}}`, 4, "x BF16 [1 2] 65+4"},
		{"metadata", `{"__metadata__":{"format":"pt"},"x":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}`, 2, "x F16 [1] 93+2"},
		{"a scalar", `{"x":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}`, 8, "x F64 [] 61+8"},
		{"a type of half a byte", `{"x":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}`, 1, "x F4 [2] 61+1"},
		{"no numbers at all", `{"x":{"dtype":"F32","shape":[0,7],"data_offsets":[0,0]}}`, 0, "x F32 [0 7] 64+0"},
		{
			"sorted as they lie, not as they are named",
			`{"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},"none":{"dtype":"U8","shape":[0],"data_offsets":[1,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`,
			3, "b U8 [1] 168+1; none U8 [0] 169+0; a U8 [2] 169+2",
		},
	} {
		f, err := read(raw(c.header, c.numbers))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := list(f); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	const x = `"x":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}`
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"an empty file", nil, "it is empty"},
		{"seven bytes", []byte("\x02\x00\x00\x00\x00\x00\x00"), `it begins with "\x02`},
		{"a Git LFS pointer", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00"), "Git LFS pointer"},
		{"a web page", []byte("<!DOCTYPE html><html>"), "web page"},
		{"a GGUF", []byte("GGUF\x03\x00\x00\x00\x00\x00\x00"), "it is a GGUF"},
		{"zip", []byte("PK\x03\x04........"), "zip archive"},
		{"a header of many gigabytes", append(binary.LittleEndian.AppendUint64(nil, 1<<62), '{', '}'), "would have 4611686018427387904 bytes"},
		{"a header that is cut", raw(`{`+x+`}`, 0)[:40], "the file ends inside its header, which has 55 bytes: the download is incomplete"},
		{"a header that is not whole", raw(`{`+x, 12), "it ends too early"},
		{"a list", raw(`{"x":[]}`, 0), "it has [ where { belongs"},
		{"no JSON", raw(`{x}`, 0), "invalid character"},
		{"something after the header", raw(`{`+x+`} {}`, 12), "something follows its end"},
		{"a tensor twice", raw(`{`+x+`,`+x+`}`, 12), `it has "x" twice`},
		{"metadata that is no text", raw(`{"__metadata__":{"a":1}}`, 0), "it has 1 where a text belongs"},
		{"no type", raw(`{"x":{"shape":[3],"data_offsets":[0,12]}}`, 12), `"x" lacks its type`},
		{"no shape", raw(`{"x":{"dtype":"F32","data_offsets":[0,12]}}`, 12), `"x" lacks its type, its shape`},
		{"one offset", raw(`{"x":{"dtype":"F32","shape":[3],"data_offsets":[12]}}`, 12), `or its place`},
		{"three offsets", raw(`{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,12,24]}}`, 12), "a list of more than 2 numbers"},
		{"a field twice", raw(`{"x":{"dtype":"F32","dtype":"F16","shape":[3],"data_offsets":[0,12]}}`, 12), `"x" has an entry "dtype", or has it twice`},
		{"an unknown field", raw(`{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,12],"file":"y"}}`, 12), `an entry "file"`},
		{"an unknown type", raw(`{"x":{"dtype":"Q4","shape":[3],"data_offsets":[0,12]}}`, 12), `"x" is of type "Q4"`},
		{"a negative dimension", raw(`{"x":{"dtype":"F32","shape":[-3],"data_offsets":[0,12]}}`, 12), "-3 where a whole number belongs"},
		{"a broken dimension", raw(`{"x":{"dtype":"F32","shape":[3.0],"data_offsets":[0,12]}}`, 12), "3.0 where a whole number belongs"},
		{"a dimension in words", raw(`{"x":{"dtype":"F32","shape":["3"],"data_offsets":[0,12]}}`, 12), "3 where a whole number belongs"},
		{"too many dimensions", raw(`{"x":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}`, 4), "more than 16 numbers"},
		{"dimensions that overflow", raw(`{"x":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,12]}}`, 12), "impossible dimensions"},
		{"more numbers than its bytes", raw(`{"x":{"dtype":"F32","shape":[1000000],"data_offsets":[0,12]}}`, 12), `"x" lies at bytes 0 to 12, but F32 of shape [1000000] take 32000000 bits`},
		{"half a byte", raw(`{"x":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}`, 2), "take 12 bits"},
		{"offsets the wrong way round", raw(`{"x":{"dtype":"F32","shape":[3],"data_offsets":[12,0]}}`, 12), "lies at bytes 12 to 0"},
		{"an offset far away", raw(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[9223372036854775806,9223372036854775807]}}`, 12), "begins at byte 9223372036854775806"},
		{"an offset that overflows", raw(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,18446744073709551616]}}`, 12), "where a whole number belongs"},
		{"a gap before the first", raw(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2), "where the one before it ends at 0"},
		{"tensors that overlap", raw(`{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3), `"y" begins at byte 1`},
		{"tensors in one place", raw(`{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 2), `"y" begins at byte 0`},
		{"a download that was cut", raw(`{`+x+`}`, 11), "its tensors need 12, 1 more: the download is incomplete"},
		{"bytes too many", raw(`{`+x+`}`, 13), "1 bytes that belong to no tensor"},
	} {
		if _, err := read(c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// A header may claim anything; memory follows the bytes that are there.
func TestClaimsCostNoMemory(t *testing.T) {
	for name, data := range map[string][]byte{
		"a header as long as allowed": append(binary.LittleEndian.AppendUint64(nil, maxHeader), make([]byte, 1000)...),
		"the same, with a brace":      append(binary.LittleEndian.AppendUint64(nil, maxHeader), []byte("{"+strings.Repeat(" ", 1000))...),
		"numbers":                     raw(`{"x":{"dtype":"F64","shape":[1000000000000],"data_offsets":[0,8000000000000]}}`, 1000),
		"dimensions":                  raw(`{"x":{"dtype":"F64","shape":[`+strings.Repeat("1,", 50_000)+`1],"data_offsets":[0,8]}}`, 8),
		"a list of lists":             raw(`{"x":{"dtype":"F64","shape":`+strings.Repeat("[", 100_000), 8),
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
	if err := Write(io.Discard, []TensorData{{Name: "x", DType: "Q8_0"}}); err == nil || !strings.Contains(err.Error(), `no type "Q8_0"`) {
		t.Errorf("got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(raw(`{}`, 0))
	f.Add(raw(`{"__metadata__":{"format":"pt"},"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"y":{"dtype":"F4","shape":[2],"data_offsets":[8,9]}} `, 9))
	f.Add(raw(`{"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"y":{"dtype":"BOOL","shape":[],"data_offsets":[0,1]}}`, 1))
	f.Add([]byte("version https://git-lfs"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := read(data)
		if err != nil {
			return
		}
		var again []TensorData
		for _, tensor := range file.Tensors {
			b, err := io.ReadAll(file.Section(tensor))
			if err != nil || int64(len(b)) != tensor.Size {
				t.Fatalf("tensor %q was promised: %d of %d bytes, %v", tensor.Name, len(b), tensor.Size, err)
			}
			again = append(again, TensorData{tensor.Name, tensor.DType, tensor.Shape, b})
		}
		var rewritten bytes.Buffer
		if err := Write(&rewritten, again); err != nil {
			t.Fatal(err)
		}
		second, err := read(rewritten.Bytes())
		if err != nil {
			t.Fatalf("written again: %v", err)
		}
		for i, tensor := range second.Tensors {
			if first := file.Tensors[i]; tensor.Name != first.Name || tensor.Size != first.Size {
				t.Fatalf("tensor %d was %+v and is %+v", i, first, tensor)
			}
		}
	})
}
