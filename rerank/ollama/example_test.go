package ollama_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/ollama"
)

func Example() {
	ctx := context.Background()
	host, err := url.Parse("http://127.0.0.1:9") // nobody listens there; leave Host out for where Ollama usually is
	if err != nil {
		fmt.Println(err)
		return
	}
	model, err := ollama.Open(ctx, ollama.Config{Model: "dengcao/Qwen3-Reranker-0.6B", Host: host})
	switch {
	case errors.Is(err, ollama.ErrUnreachable):
		fmt.Println("start it: ollama serve")
		return
	case errors.Is(err, ollama.ErrNotPulled):
		fmt.Println("fetch it: ollama.Pull")
		return
	case err != nil:
		fmt.Println(err)
		return
	}
	task := rerank.Task{Query: "how long to boil an egg", Documents: []string{"Six minutes.", "Hens lay eggs."}}
	scores, err := rerank.Rank(ctx, model, task, 1)
	fmt.Println(scores, err)
	// Output: start it: ollama serve
}
