package vocab_test

import (
	"fmt"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/gguf"
	"github.com/quern-search/quern/rerank/internal/vocab"
)

func Example() {
	f, err := gguf.Read(fixtures.Model())
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := vocab.New(vocab.Source{
		Model:  "gpt2",
		Pre:    "qwen2",
		Tokens: f.Strings("tokenizer.ggml.tokens"),
		Types:  f.Ints("tokenizer.ggml.token_type"),
		Merges: f.Strings("tokenizer.ggml.merges"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	prefix, query, err := v.Prefix(rerank.Task{Query: "how long to boil an egg"}, 2048)
	fmt.Println(len(prefix) > 0, query, err)
	fmt.Println(v.Cut("Six minutes for a soft one, ten for a hard one.", len(v.Suffix)+4))
	// Output:
	// true how long to boil an egg <nil>
	// Six minutes for a
}
