package qwen3

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/bake"
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
	compare(t, openBytes(t, data, Config{Precision: Quantised}), src, rerank.Task{Query: "红酒?", Instruct: "judge", Documents: wine.Documents[:3]})
}

// The three published models differ in more than their size: heads together are twice, 1.6 times and once as wide as a token's
// state, a key head serves two or four query heads, and the largest has a head of its own. These have their proportions, at a
// sixteenth of the width.
func TestProportionsOfThePublishedModels(t *testing.T) {
	for name, r := range map[string]bake.Recipe{
		"0.6B": {Head: "tied", Size: bake.Size{Layers: 3, Hidden: 64, FFN: 192, Heads: 2, KVHeads: 1, Head: 64}},
		"4B":   {Head: "tied", Size: bake.Size{Layers: 2, Hidden: 160, FFN: 608, Heads: 4, KVHeads: 1, Head: 64}},
		"8B":   {Head: "separate", Size: bake.Size{Layers: 2, Hidden: 256, FFN: 768, Heads: 4, KVHeads: 1, Head: 64}},
	} {
		t.Run(name, func(t *testing.T) {
			r.Weights = gguf.Q8_0
			// Wider sums of weights of the same size would drive states apart; trained models keep them together.
			r.Change = func(_ map[string]any, tensors map[string]*gguf.TensorData) {
				for _, w := range tensors {
					if strings.HasPrefix(w.Name, "blk.") && len(w.Dims) == 2 {
						for i := range w.Data {
							w.Data[i] *= float32(math.Sqrt(bake.Hidden / float64(w.Dims[0])))
						}
					}
				}
			}
			task := rerank.Task{Query: "红酒?", Instruct: "judge", Documents: wine.Documents[2:4]}
			data := bake.Model(r)
			src := sourceOf(t, bytes.NewReader(data), int64(len(data)))
			if _, separate := src.tensors["output.weight"]; separate != (r.Head == "separate") {
				t.Errorf("a head of its own: %t", separate)
			}
			compare(t, openBytes(t, data, Config{Precision: Quantised}), src, task)
			files, err := bake.Folder(data, bake.Layout{Weights: gguf.BF16, Shards: 2})
			if err != nil {
				t.Fatal(err)
			}
			dir := write(t, files)
			e, err := Open(dir, Config{})
			if err != nil {
				t.Fatal(err)
			}
			if src, err = openSource(dir); err != nil {
				t.Fatal(err)
			}
			defer src.close()
			compare(t, e, src, task)
		})
	}
}

// A GGUF may claim any size; memory follows the bytes that are there.
func TestClaimsOfAGGUFCostNoMemory(t *testing.T) {
	for key, value := range map[string]uint32{
		"qwen3.block_count": maxLayers, "qwen3.embedding_length": maxWidth, "qwen3.feed_forward_length": maxWidth,
		"qwen3.attention.head_count": maxWidth / bake.Head, "qwen3.attention.key_length": maxWidth / bake.Heads, "qwen3.context_length": maxContext,
	} {
		data := bake.Model(bake.Recipe{Weights: gguf.F32, Head: "tied", Change: func(kv map[string]any, _ map[string]*gguf.TensorData) {
			kv[key] = value
			kv["qwen3.attention.value_length"] = kv["qwen3.attention.key_length"]
			if key == "qwen3.context_length" {
				kv["qwen3.block_count"] = uint32(maxLayers) // to be refused for something else
			}
		}})
		if used := allocated(func() {
			if _, err := New(bytes.NewReader(data), int64(len(data)), Config{}); err == nil {
				t.Errorf("%s of %d: it was opened", key, value)
			}
		}); used > uint64(4*len(data)) {
			t.Errorf("%s of %d: %d bytes allocated for a file of %d", key, value, used, len(data))
		}
	}
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
