package dialect_test

import (
	"encoding/json"
	"fmt"
	"log"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/web/dialect"
)

// A request from a client of text-embeddings-inference, and the answer that it can read.
func Example() {
	for _, route := range dialect.Routes() {
		if route.Path != "/rerank" {
			continue
		}
		form, job, err := route.Read([]byte(`{"query": "tea", "texts": ["Chess is a game.", "Tea is a drink."]}`))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(form.Name, job.Task.Query, len(job.Task.Documents))
		judged := dialect.Result{Scores: []rerank.Score{{Index: 1, Logit: 3}, {Index: 0, Logit: -3}}}
		answer, err := json.Marshal(form.Answer(job, judged))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%.40s\n", answer)
	}
	// Output:
	// TEI tea 2
	// [{"index":1,"score":0.9525741268224334},
}
