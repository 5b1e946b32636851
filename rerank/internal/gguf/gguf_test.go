package gguf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func Example() {
	var file bytes.Buffer
	err := Write(&file,
		[]KV{{"general.architecture", "qwen3"}, {"qwen3.block_count", uint32(28)}},
		[]TensorData{{Name: "output_norm.weight", Dims: []int{4}, Type: F16, Data: []float32{1, 2, 3, 0.1}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	architecture, _ := f.String("general.architecture")
	blocks, _ := f.Uint("qwen3.block_count")
	norm, _ := f.Tensor("output_norm.weight")
	numbers, err := f.Float32(norm)
	fmt.Println(architecture, blocks, norm.Type, norm.Dims, numbers, err)
	// Output: qwen3 28 F16 [4] [1 2 3 0.099975586] <nil>
}

// file writes a small file and fails the test where that fails.
func file(t testing.TB, kv []KV, tensors ...TensorData) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, kv, tensors); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(data []byte) (*File, error) { return Read(bytes.NewReader(data), int64(len(data))) }

// sample has a value of every kind that Write knows, and a tensor of every type that Read decodes.
func sample(t testing.TB) []byte {
	return file(t, []KV{
		{"text", "naïve"}, {"yes", true}, {"no", false},
		{"u32", uint32(math.MaxUint32)}, {"i32", int32(-7)}, {"u64", uint64(math.MaxUint64)}, {"i64", int64(7)},
		{"f32", float32(0.5)}, {"f64", 0.1}, {"u8", uint8(255)}, {"i8", int8(-1)}, {"u16", uint16(65535)}, {"i16", int16(-2)},
		{"truths", []bool{true, false}}, {"u8s", []uint8{1, 2}}, {"i16s", []int16{-3}},
		{"texts", []string{"a", "", "çé"}}, {"none", []string{}}, {"u32s", []uint32{1, math.MaxUint32}}, {"i32s", []int32{-1, 2}},
		{"u64s", []uint64{1}}, {"large", []uint64{math.MaxUint64}}, {"i64s", []int64{-5}}, {"f32s", []float32{1}}, {"f64s", []float64{1}},
	},
		TensorData{"a", []int{3, 2}, F32, []float32{1, 2, 3, 4, 5, 0.1}},
		TensorData{"b", []int{5}, F16, []float32{1, -2, 0.5, 65504, 0}},
		TensorData{"c", []int{2, 1, 2, 1}, BF16, []float32{1, -2, 0.5, 3}},
		TensorData{"d", []int{32, 2}, Q8_0, slices.Concat(slices.Repeat([]float32{127, -3}, 16), make([]float32, 32))},
	)
}

func TestMetadata(t *testing.T) {
	f, err := read(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	equal := func(key string, got, want any) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
	text := func(key string) string { v, ok := f.String(key); return fmt.Sprint(v, " ", ok) }
	integer := func(key string) string { v, ok := f.Uint(key); return fmt.Sprint(v, " ", ok) }
	float := func(key string) string { v, ok := f.Float(key); return fmt.Sprint(v, " ", ok) }
	truth := func(key string) string { v, ok := f.Bool(key); return fmt.Sprint(v, " ", ok) }
	equal("text", text("text"), "naïve true")
	equal("yes", truth("yes"), "true true")
	equal("no", truth("no"), "false true")
	equal("u32", integer("u32"), "4294967295 true")
	equal("u64", integer("u64"), "18446744073709551615 true")
	equal("i64", integer("i64"), "7 true")
	equal("f32", float("f32"), "0.5 true")
	equal("f64", float("f64"), "0.1 true")
	equal("texts", f.Strings("texts"), []string{"a", "", "çé"})
	equal("none", f.Strings("none"), []string{})
	equal("u32s", f.Ints("u32s"), []int{1, math.MaxUint32})
	equal("i32s", f.Ints("i32s"), []int{-1, 2})
	equal("u64s", f.Ints("u64s"), []int{1})
	equal("i64s", f.Ints("i64s"), []int{-5})

	// What is missing or of another kind is not found.
	equal("missing", text("missing")+integer("missing")+float("missing")+truth("missing"), " false0 false0 falsefalse false")
	equal("another kind", text("u32")+integer("text")+float("u32")+truth("u32"), " false0 false0 falsefalse false")
	equal("an array", text("texts")+integer("u32s")+float("f32s"), " false0 false0 false")
	equal("no array", fmt.Sprint(f.Strings("text"), f.Ints("u32"), f.Strings("u32s"), f.Ints("texts"), f.Ints("f32s")), "[] [] [] [] []")
	equal("a negative number", integer("i32"), "0 false")
	equal("a truth value as a number", integer("yes"), "0 false")
	equal("an array of numbers too large", f.Ints("large"), []int(nil))
}

// rewrite writes the metadata of f, and no tensors.
func rewrite(t testing.TB, f *File) []byte { return file(t, f.Metadata()) }

func TestMetadataIsWrittenAgain(t *testing.T) {
	f, err := read(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	again, err := read(rewrite(t, f))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.values, f.values) {
		t.Errorf("written again: %v, want %v", again.values, f.values)
	}
	for i, kv := range f.Metadata() {
		if i > 0 && f.Metadata()[i-1].Key >= kv.Key {
			t.Errorf("%q stands after %q", kv.Key, f.Metadata()[i-1].Key)
		}
	}
}

func TestTensors(t *testing.T) {
	f, err := read(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		name       string
		rows, cols int
		numbers    []float32
	}{
		{"a", 2, 3, []float32{1, 2, 3, 4, 5, 0.1}},
		{"b", 1, 5, []float32{1, -2, 0.5, 65504, 0}},
		{"c", 2, 2, []float32{1, -2, 0.5, 3}},
		{"d", 2, 32, slices.Concat(slices.Repeat([]float32{127, -3}, 16), make([]float32, 32))},
	} {
		tensor, ok := f.Tensor(want.name)
		if !ok || f.Tensors[i] != tensor || tensor.Rows() != want.rows || tensor.Cols() != want.cols {
			t.Fatalf("tensor %d is %+v, want %+v", i, f.Tensors[i], want)
		}
		if got, err := f.Float32(tensor); err != nil || !slices.Equal(got, want.numbers) {
			t.Errorf("%s: %v %v, want %v", want.name, got, err, want.numbers)
		}
		if raw, err := io.ReadAll(f.Section(tensor)); err != nil || len(raw) != want.rows*tensor.Type.RowSize(want.cols) {
			t.Errorf("%s: %d bytes, %v", want.name, len(raw), err)
		}
	}
	if _, ok := f.Tensor("e"); ok {
		t.Error("found a tensor that is not there")
	}
}

// A tensor larger than the chunks that Float32 reads comes out whole, whatever its block size.
func TestLargeTensor(t *testing.T) {
	for _, kind := range []Type{F32, F16, BF16, Q8_0} {
		numbers := make([]float32, 3*chunkBytes/32*32)
		for i := range numbers {
			numbers[i] = float32(i/32%64 - 32)
		}
		f, err := read(file(t, nil, TensorData{"x", []int{len(numbers)}, kind, numbers}))
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Float32(f.Tensors[0])
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if math.Abs(float64(got[i]-numbers[i])) > 0.02 { // a scale of Q8_0 is a half
				t.Fatalf("%v: number %d is %v, want %v", kind, i, got[i], numbers[i])
			}
		}
	}
}

// failing reads what is before limit, and fails after.
type failing struct {
	data  []byte
	limit int64
}

func (f failing) ReadAt(b []byte, at int64) (int, error) {
	if at+int64(len(b)) > f.limit {
		return 0, errors.New("the disk is gone")
	}
	return copy(b, f.data[at:]), nil
}

func TestReadErrorsNameTheTensor(t *testing.T) {
	data := sample(t)
	f, err := read(data)
	if err != nil {
		t.Fatal(err)
	}
	f.r = failing{data, f.Tensors[3].Offset}
	if _, err := f.Float32(f.Tensors[0]); err != nil {
		t.Error(err)
	}
	if _, err := f.Float32(f.Tensors[3]); err == nil || !strings.Contains(err.Error(), `read tensor "d": the disk is gone`) {
		t.Errorf("got %v", err)
	}
	if _, err := Read(failing{data, 0}, int64(len(data))); err == nil || !strings.Contains(err.Error(), "the disk is gone") {
		t.Errorf("got %v", err)
	}
}

func TestTheTinyModel(t *testing.T) {
	data, err := os.ReadFile("../../../fixtures/model/quern-tiny.gguf")
	if err != nil {
		t.Skip("no fixtures/model/quern-tiny.gguf: ", err)
	}
	f, err := read(data)
	if err != nil {
		t.Fatal(err)
	}
	if a, _ := f.String("general.architecture"); a != "qwen3" {
		t.Errorf("the architecture is %q", a)
	}
	tokens := f.Strings("tokenizer.ggml.tokens")
	embedding, ok := f.Tensor("token_embd.weight")
	if !ok || embedding.Rows() != len(tokens) || embedding.Type != Q8_0 {
		t.Fatalf("%d tokens, and embeddings %+v", len(tokens), embedding)
	}
	for _, tensor := range f.Tensors {
		numbers, err := f.Float32(tensor)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range numbers {
			if !(math.Abs(float64(x)) < 1e4) {
				t.Fatalf("%s holds %v", tensor.Name, x)
			}
		}
	}
}

func BenchmarkRead(b *testing.B) {
	tokens := make([]string, 150_000)
	for i := range tokens {
		tokens[i] = fmt.Sprint("token", i)
	}
	data := file(b, []KV{{"tokens", tokens}, {"types", make([]int32, len(tokens))}, {"merges", tokens}})
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := read(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFloat32(b *testing.B) {
	for _, kind := range []Type{F32, F16, BF16, Q8_0} {
		f, err := read(file(b, nil, TensorData{"x", []int{1024, 1024}, kind, make([]float32, 1<<20)}))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(kind.String(), func(b *testing.B) {
			b.SetBytes(4 << 20)
			for b.Loop() {
				if _, err := f.Float32(f.Tensors[0]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
