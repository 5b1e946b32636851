package safetensors_test

import (
	"bytes"
	"fmt"

	"github.com/quern-search/quern/rerank/internal/gguf"
	"github.com/quern-search/quern/rerank/internal/safetensors"
)

func Example() {
	var file bytes.Buffer
	err := safetensors.Write(&file, []safetensors.TensorData{
		{Name: "model.norm.weight", DType: "BF16", Shape: []int{4}, Data: gguf.Encode(gguf.BF16, []float32{1, 0.5, -2, 3})},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := safetensors.Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range f.Tensors {
		numbers, err := gguf.Numbers(f.Section(t), gguf.BF16)
		fmt.Println(t.Name, t.DType, t.Shape, numbers, err)
	}
	// Output: model.norm.weight BF16 [4] [1 0.5 -2 3] <nil>
}
