package qwen3_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/qwen3"
	"github.com/quern-search/quern/rerank/reranktest"
)

func TestScorer(t *testing.T) {
	reranktest.TestScorer(t, func(t *testing.T) rerank.Scorer {
		file, size := fixtures.Model()
		e, err := qwen3.New(file, size, qwen3.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return e
	})
}

func Example() {
	file, size := fixtures.Model() // or qwen3.Open("Qwen3-Reranker-0.6B-Q8_0.gguf", ...)
	engine, err := qwen3.New(file, size, qwen3.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	documents := []string{
		"A red wine sauce for steak is reduced by half.",
		"Blot the spilt wine, then soak the cloth before you wash it.",
	}
	best, err := rerank.Rank(context.Background(), engine, rerank.Task{Query: "get a wine stain out", Documents: documents}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(documents[best[0].Index])
	// Output: Blot the spilt wine, then soak the cloth before you wash it.
}
