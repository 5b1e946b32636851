package blobs_test

import (
	"errors"
	"fmt"

	"github.com/quern-search/quern/rerank/ollama/blobs"
	"github.com/quern-search/quern/rerank/qwen3"
)

// Ollama pulls, and the model runs in this process.
func Example() {
	store := blobs.Store{Dir: "/nowhere/.ollama/models"}
	m, err := store.Find("dengcao/Qwen3-Reranker-0.6B")
	switch {
	case errors.Is(err, blobs.ErrNoStore):
		fmt.Println("is Ollama installed?")
		return
	case err != nil:
		fmt.Println(err)
		return
	}
	engine, err := qwen3.Open(m.Path, qwen3.Config{})
	fmt.Println(engine, err)
	// Output: is Ollama installed?
}
