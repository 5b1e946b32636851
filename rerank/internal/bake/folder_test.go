package bake_test

import (
	"fmt"
	"maps"
	"slices"

	"github.com/quern-search/quern/rerank/internal/bake"
	"github.com/quern-search/quern/rerank/internal/gguf"
)

func ExampleFolder() {
	file := bake.Model(bake.Recipe{Weights: gguf.F32, Head: "separate"})
	files, err := bake.Folder(file, bake.Layout{Weights: gguf.BF16, Shards: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Println(name)
	}
	// Output:
	// config.json
	// model-00001-of-00002.safetensors
	// model-00002-of-00002.safetensors
	// model.safetensors.index.json
	// tokenizer.json
}
