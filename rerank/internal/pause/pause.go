// Package pause waits between two attempts, for those that ask servers: rerank/remote and rerank/models.
package pause

import (
	"context"
	"time"
)

// For waits for d, or until ctx ends, whose error it returns then.
func For(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
