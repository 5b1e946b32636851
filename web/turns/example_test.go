package turns_test

import (
	"context"
	"fmt"

	"github.com/quern-search/quern/web/turns"
)

// One works, nobody may wait, and the next is told to come back.
func Example() {
	q := turns.New(1, 0)
	done, err := q.Take(turns.WithKey(context.Background(), "shop"))
	fmt.Println("the first:", err)
	_, err = q.Take(context.Background())
	fmt.Println("the second:", err)
	done()
	_, err = q.Take(context.Background())
	fmt.Println("later:", err)
	// Output:
	// the first: <nil>
	// the second: the model is busy: 0 requests wait for the model already: try again in 1s
	// later: <nil>
}
