package web

import (
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
	return turns.Refuse("the texts of all requests together are too many", 0)
}

func (r room) give(bytes int) { r.left.Release(int64(bytes)) }
