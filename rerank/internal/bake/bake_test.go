package bake_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/bake"
	"github.com/quern-search/quern/rerank/internal/gguf"
	"github.com/quern-search/quern/rerank/qwen3"
)

func Example() {
	file := bake.Model(bake.Recipe{Weights: gguf.F16, Head: "tied", Lift: bake.LiftYes})
	engine, err := qwen3.New(bytes.NewReader(file), int64(len(file)), qwen3.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	task := rerank.Task{Query: "how long to boil an egg", Documents: []string{"Six minutes.", "Hens lay eggs."}}
	scores, err := rerank.Rank(context.Background(), engine, task, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range scores {
		fmt.Println(`"yes" stands above "no":`, s.Logit > 10)
	}
	// Output:
	// "yes" stands above "no": true
	// "yes" stands above "no": true
}
