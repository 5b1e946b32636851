package pause

import (
	"context"
	"fmt"
	"time"
)

func ExampleFor() {
	ctx, hangUp := context.WithCancel(context.Background())
	fmt.Println(For(ctx, time.Millisecond))
	hangUp()
	fmt.Println(For(ctx, time.Hour))
	// Output:
	// <nil>
	// context canceled
}
