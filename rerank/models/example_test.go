package models_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/quern-search/quern/rerank/models"
	"github.com/quern-search/quern/rerank/qwen3"
)

// A program opens a model that is here, and fetches it the first time.
func Example() {
	dir, err := os.MkdirTemp("", "models")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx, store := context.Background(), models.Store{Dir: dir}

	entry, _ := models.Known("qwen3-reranker-0.6b")
	fmt.Println(entry.Source(), models.Bytes(entry.Size), entry.Licence)

	m, err := store.Find(entry.Name)
	if errors.Is(err, models.ErrNotPulled) {
		// Nobody is there: leave Endpoint out for Hugging Face.
		m, err = store.Pull(ctx, entry.Source(), entry.Name, models.Config{Endpoint: "http://127.0.0.1:9"})
	}
	if err != nil {
		fmt.Println("not pulled")
		return
	}
	engine, err := qwen3.Open(m.Path(), qwen3.Config{})
	fmt.Println(engine, err)
	// Output:
	// hf:ggml-org/Qwen3-Reranker-0.6B-Q8_0-GGUF/qwen3-reranker-0.6b-q8_0.gguf 639 MB Apache-2.0
	// not pulled
}
