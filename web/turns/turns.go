// Package turns keeps a model from being asked by everybody at once: a [Queue] lets some requests work, and has the
// others wait for their turn, fairly between the keys with which they came.
//
// queue.go is the Queue; scorer.go puts one in front of a rerank.Scorer, so that a request which finds no place
// meets a model that refuses, and a search is still answered, in the order of BM25. Read next: package pipeline, which
// sees to that, and web/keys.go, which says whose request it is.
package turns

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// keyInContext is under what WithKey keeps a name.
type keyInContext struct{}

// WithKey says with whose key a request came. All requests without one share a line.
func WithKey(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, keyInContext{}, name)
}

func keyOf(ctx context.Context) string {
	name, _ := ctx.Value(keyInContext{}).(string)
	return name
}

// ErrBusy is wrapped by the error of a request that cannot wait for its turn.
var ErrBusy = errors.New("the model is busy")

// A Busy is the error of a request that cannot wait for its turn. It wraps [ErrBusy].
type Busy struct {
	why   string
	retry time.Duration
}

// Refuse is the error of a request that something else than a Queue refuses, in words that say why, until about so long
// from now.
func Refuse(why string, wait time.Duration) *Busy { return &Busy{why, retry(wait)} }

// Error implements error.
func (b *Busy) Error() string { return fmt.Sprintf("%v: %s: try again in %v", ErrBusy, b.why, b.retry) }

// Unwrap makes errors.Is find ErrBusy.
func (b *Busy) Unwrap() error { return ErrBusy }

// RetryAfter is when it is worth another try, in whole seconds: about what those who wait take, 1 s to 1 min.
func (b *Busy) RetryAfter() time.Duration { return b.retry }
