package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http/httptest"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/web"
)

// A search page and its API over documents of one's own. To serve them for real, give Server.Serve a net.Listener.
func Example() {
	x, err := index.Create("", index.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer x.Close()
	if err := x.Put(context.Background(), index.Document{ID: "tea", Title: "Green tea", Body: "Two minutes are enough."}); err != nil {
		log.Fatal(err)
	}
	bm25, err := retrieve.New(x, retrieve.Config{})
	if err != nil {
		log.Fatal(err)
	}
	search, err := pipeline.New(pipeline.Config{Retriever: bm25}) // and a Scorer, to rerank
	if err != nil {
		log.Fatal(err)
	}
	server, err := web.New(web.Config{Search: search, Documents: x})
	if err != nil {
		log.Fatal(err)
	}

	answer := httptest.NewRecorder()
	server.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/api/search?q=green", nil))
	var a pipeline.Answer
	if err := json.NewDecoder(answer.Body).Decode(&a); err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Code, a.Hits[0].Title, a.Rerank.Status)
	// Output: 200 Green tea off
}
