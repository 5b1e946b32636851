package pipeline_test

import (
	"context"
	"fmt"
	"log"
	"testing/fstest"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/index/corpus"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank/qwen3"
	"github.com/quern-search/quern/retrieve"
)

// pages is a small site. os.DirFS gives a folder in its place, embed.FS one inside the program.
var pages = fstest.MapFS{
	"soup.md":  {Data: []byte("# Keeping soup\n\nSoup keeps for three days in the refrigerator and for months in the freezer.\n")},
	"herbs.md": {Data: []byte("# Fresh herbs\n\nStand herbs in water to keep them fresh.\n")},
	"wine.md":  {Data: []byte("# Wine on clothes\n\nKeep the spot wet: cold water takes a fresh stain out.\n")},
}

// Search over a folder of Markdown, in a program: retrieved by BM25, judged by the model that ships with quern.
func Example() {
	ctx := context.Background()
	x := must(index.Create("", index.Config{})) // in memory
	defer x.Close()
	for page, err := range corpus.FS(pages) {
		page = must(page, err)
		must(0, x.Put(ctx, page))
	}
	file, size := fixtures.Model() // or qwen3.Open("Qwen3-Reranker-0.6B-Q8_0.gguf", qwen3.Config{})
	model := must(qwen3.New(file, size, qwen3.Config{}))
	bm25 := must(retrieve.New(x, retrieve.Config{}))
	search := must(pipeline.New(pipeline.Config{Retriever: bm25, Scorer: model}))
	answer := must(search.Search(ctx, pipeline.Query{Text: "how to keep herbs fresh"}))
	for i, hit := range answer.Hits {
		fmt.Printf("%d. %s, %s (BM25 #%d, relevance %.1f)\n", i+1, hit.Title, hit.URL, hit.BM25.Rank, hit.Rerank.Relevance)
	}
	// Output:
	// 1. Fresh herbs, herbs.md (BM25 #1, relevance 1.0)
	// 2. Wine on clothes, wine.md (BM25 #2, relevance 0.6)
	// 3. Keeping soup, soup.md (BM25 #3, relevance 0.0)
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
