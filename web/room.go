package web

import (
	"fmt"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/quern-search/quern/web/turns"
)

// maxBodies bounds the bodies of all rerank requests together, in bytes, that are decoded, wait for the model or are judged.
// A text takes several times its size while its tokens are counted, and that is before it waits for its turn, so that
// without a bound a few dozen of the largest bodies would take all memory there is. Thousands of usual ones fit.
const maxBodies = 64 << 20

// A room is what is left of maxBodies.
type room struct{ left *semaphore.Weighted }

func newRoom() room { return room{semaphore.NewWeighted(maxBodies)} }

// take takes room for a body, or returns an error that wraps turns.ErrBusy. Nobody waits for room: what holds it does not
// depend on any turn.
func (r room) take(bytes int) error {
	if r.left.TryAcquire(int64(bytes)) {
		return nil
	}
	return fmt.Errorf("%w: the texts of all requests together are too many: try again in %v", crowded{}, crowded{}.RetryAfter())
}

func (r room) give(bytes int) { r.left.Release(int64(bytes)) }

// crowded is the error of a request for which there is no room.
type crowded struct{}

// Error implements error.
func (crowded) Error() string { return turns.ErrBusy.Error() }

// Unwrap gives what it is a kind of.
func (crowded) Unwrap() error { return turns.ErrBusy }

// RetryAfter is when to come back.
func (crowded) RetryAfter() time.Duration { return time.Second }
