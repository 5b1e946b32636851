package remote_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/remote"
)

// The server here only plays a rerank API; give Open the URL of a real one. Where it needs a key, see KeyVariables.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/rerank" {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, `{"results":[{"index":1,"relevance_score":0.93},{"index":0,"relevance_score":0.02}]}`)
	}))
	defer server.Close()

	ctx := context.Background()
	model, err := remote.Open(ctx, remote.Config{URL: server.URL})
	if err != nil {
		log.Fatal(err)
	}
	documents := []string{"Chess is a game.", "Green tea takes two minutes."}
	ranked, err := rerank.Rank(ctx, model, rerank.Task{Query: "how long does tea take", Documents: documents}, 0)
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range ranked {
		fmt.Printf("%.2f %s\n", s.Relevance(), documents[s.Index])
	}
	// Output:
	// 0.93 Green tea takes two minutes.
	// 0.02 Chess is a game.
}
