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

// An application keeps its index up to date: it gives all that it has, and removes what it has no more.
func ExampleIndex_Update() {
	ctx := context.Background()
	x, err := index.Create("", index.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer x.Close()
	tea, egg := index.Document{ID: "tea", Body: "Green tea"}, index.Document{ID: "egg", Body: "Soft eggs"}
	if _, err := x.Update(ctx, tea, egg); err != nil {
		log.Fatal(err)
	}

	tea.Body = "Black tea"
	now := map[string]bool{"tea": true, "egg": true, "ham": true}
	changes, err := x.Update(ctx, tea, egg, index.Document{ID: "ham", Body: "Ham"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", changes)

	delete(now, "egg")
	for id, err := range x.IDs(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		if !now[id] {
			fmt.Println("removed:", id, x.Delete(ctx, id))
		}
	}
	// Output:
	// {New:1 Changed:1 Unchanged:1}
	// removed: egg <nil>
}
