package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/quern-search/quern/rerank/internal/pause"
)

const (
	// maxTries is how many attempts in a row may fail without a byte that came.
	maxTries = 6
	// maxPause bounds the pauses between them, which double.
	maxPause = 30 * time.Second
)

// persist makes attempts until one brings all, or there is no point in going on. An attempt returns how many bytes came;
// one that brought some begins the count of failures anew.
func (c *client) persist(ctx context.Context, first time.Duration, note func(string), attempt func(context.Context) (int64, error)) error {
	pauses := backoff.ExponentialBackOff{InitialInterval: first, RandomizationFactor: 0.2, Multiplier: 2, MaxInterval: max(first, maxPause)}
	reached := false
	for tries := 1; ; tries++ {
		came, err := attempt(ctx)
		if err == nil {
			return nil
		}
		if came > 0 {
			tries = 1
			pauses.Reset()
		}
		var f *failure
		if !errors.As(err, &f) || ctx.Err() != nil {
			return err
		}
		if reached = reached || !f.unreached; !f.again && !(f.unreached && reached) {
			return err
		}
		wait := max(f.after, pauses.NextBackOff())
		switch {
		case tries == maxTries:
			return fmt.Errorf("%w: %d attempts failed like that", err, maxTries)
		case f.after > maxAfter:
			return fmt.Errorf("%w: it asks to wait %v: try again then", err, f.after.Round(time.Second))
		}
		note(fmt.Sprintf("%v: trying again in %v", err, wait.Round(100*time.Millisecond)))
		if err := pause.For(ctx, wait); err != nil {
			return err
		}
	}
}
