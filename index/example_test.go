package index_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/quern-search/quern/index"
)

func Example() {
	ctx := context.Background()
	x, err := index.Create("", index.Config{}) // in memory, English
	if err != nil {
		log.Fatal(err)
	}
	defer x.Close()

	err = x.Put(ctx,
		index.Document{ID: "tea", Title: "Green tea", Body: "Let boiled water cool before pouring.", URL: "/tea"},
		index.Document{ID: "egg", Title: "Soft eggs", Body: "Six minutes.", Fields: map[string]any{"minutes": 6}},
	)
	if err != nil {
		log.Fatal(err)
	}
	n, _ := x.Count()
	egg, _ := x.Get(ctx, "egg")
	_, err = x.Get(ctx, "ham")
	fmt.Println(n, egg.Title, egg.Fields["minutes"], errors.Is(err, index.ErrNotFound))
	// Output: 2 Soft eggs 6 true
}
