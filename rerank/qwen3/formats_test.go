package qwen3

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/gguf"
)

// mixed is a file that the gguf Python package wrote, with matrices in every format that is read. See mixed.py beside it.
func mixed(t *testing.T) ([]byte, *gguf.File) {
	t.Helper()
	data, err := os.ReadFile("testdata/mixed.gguf")
	if err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return data, f
}

// Each tensor has the bits that the gguf package decodes it to.
func TestMixedTensorsAreThoseOfTheirWriter(t *testing.T) {
	_, f := mixed(t)
	kinds := map[gguf.Type]bool{}
	var got []string
	for _, tensor := range f.Tensors {
		numbers, err := f.Float32(tensor)
		if err != nil {
			t.Fatal(err)
		}
		b, err := binary.Append(nil, binary.LittleEndian, numbers)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %x", tensor.Name, sha256.Sum256(b)))
		kinds[tensor.Type] = true
	}
	want := f.Strings("test.tensors")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("tensors and hashes\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for kind := range gguf.Type(64) {
		if kind.Readable() != kinds[kind] {
			t.Errorf("the file has %v, of which %v is readable: %t", slices.Sorted(maps.Keys(kinds)), kind, kind.Readable())
		}
	}
}

func TestMixedFormatsAgreeWithReference(t *testing.T) {
	data, _ := mixed(t)
	src := sourceOf(t, bytes.NewReader(data), int64(len(data)))
	compare(t, openBytes(t, data, Config{}), src, rerank.Task{Query: "红酒?", Instruct: "judge", Documents: wine.Documents[:3]})
}

// A file in a format that is not read is refused as it is opened, by whichever of its tensors has that format.
func TestOtherFormatsAreRefused(t *testing.T) {
	data, f := mixed(t)
	for name, want := range map[string]string{
		"token_embd.weight":      `tensor "token_embd.weight" is IQ3_S, which is not read here: take the Q8_0 file of this model`,
		"blk.0.ffn_gate.weight":  `tensor "blk.0.ffn_gate.weight" is TQ2_0, which is not read here: take the Q8_0 file of this model`,
		"blk.1.ffn_up.weight":    `tensor "blk.1.ffn_up.weight" is I16, which is not read here: take the Q8_0 file of this model`,
		"blk.1.attn_norm.weight": `tensor "blk.1.attn_norm.weight" is I32, which is not read here: take the Q8_0 file of this model`,
	} {
		tensor, ok := f.Tensor(name)
		if !ok {
			t.Fatalf("no tensor %q", name)
		}
		other, ok := map[gguf.Type]gguf.Type{gguf.Q3_K: 21, gguf.Q2_K: 35, gguf.BF16: 25, gguf.F32: 26}[tensor.Type]
		if !ok {
			t.Fatalf("%s is %v", name, tensor.Type)
		}
		changed := bytes.Clone(data)
		// In the table a tensor is its name, how many dimensions it has, those, and its type.
		at := bytes.Index(changed, append(binary.LittleEndian.AppendUint64(nil, uint64(len(name))), name...)) + 8 + len(name) + 4 + 8*len(tensor.Dims)
		binary.LittleEndian.PutUint32(changed[at:], uint32(other))
		if _, err := New(bytes.NewReader(changed), int64(len(changed)), Config{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
