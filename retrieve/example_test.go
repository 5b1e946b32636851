package retrieve_test

import (
	"context"
	"fmt"
	"log"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve"
)

func ExampleNew() {
	ctx := context.Background()
	x, err := index.Create("", index.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer x.Close()
	err = x.Put(ctx,
		index.Document{ID: "egg", Title: "Boiled eggs", Body: "Boil an egg for six minutes and it stays soft inside."},
		index.Document{ID: "tea", Title: "Green tea", Body: "Let boiled water cool for five minutes before pouring."},
		index.Document{ID: "bread", Title: "White bread", Body: "Bake for forty minutes."},
	)
	if err != nil {
		log.Fatal(err)
	}

	bm25, err := retrieve.New(x, retrieve.Config{})
	if err != nil {
		log.Fatal(err)
	}
	result, err := bm25.Search(ctx, retrieve.Request{Text: "boiling eggs -bread", K: 10, Explain: true})
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range result.Candidates {
		fmt.Printf("%d. %.3f %s: %s\n", c.Rank, c.Score, c.Document.Title, bm25.Snippet(result.Query, c))
		for _, t := range c.Terms {
			fmt.Printf("   %.3f %s: %g in this document, in %d of %d documents\n", t.Score, t.Term, t.TF, t.DF, t.N)
		}
	}
	// Output:
	// 1. 1.902 Boiled eggs: <mark>Boil</mark> an <mark>egg</mark> for six minutes and it stays soft inside.
	//    0.616 boil: 2 in this document, in 2 of 3 documents
	//    1.286 egg: 2 in this document, in 1 of 3 documents
	// 2. 0.439 Green tea: Let <mark>boiled</mark> water cool for five minutes before pouring.
	//    0.439 boil: 1 in this document, in 2 of 3 documents
}
