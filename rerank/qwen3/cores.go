package qwen3

import (
	"context"
	"sync"
)

// cores says who computes: as many workers at once as there are slots. Who waits for one is served in the order in which
// they came. A worker that is free is used again before another is made, the last one first, so that an engine has no
// more of them than were ever at work together.
type cores struct {
	slots chan struct{} // one for each core that is idle

	mu   sync.Mutex
	free []*worker
}

func newCores(n int) *cores {
	c := &cores{slots: make(chan struct{}, n)}
	for range n {
		c.slots <- struct{}{}
	}
	return c
}

// number is how many there are.
func (c *cores) number() int { return cap(c.slots) }

// acquire waits for a core and returns a worker for it. Where other cores are idle the worker borrows them for its products,
// until it has as many as wanted; attention stays on its own.
func (e *Engine) acquire(ctx context.Context, wanted int) (*worker, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-e.cores.slots:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	w := e.cores.take()
	if w == nil {
		w = newWorker(e)
	}
	for 1+w.borrowed < wanted {
		select {
		case <-e.cores.slots:
			w.borrowed++
		default:
			return w, nil
		}
	}
	return w, nil
}

func (e *Engine) release(w *worker) {
	n := 1 + w.borrowed
	w.borrowed = 0
	e.cores.mu.Lock()
	e.cores.free = append(e.cores.free, w)
	e.cores.mu.Unlock()
	for range n {
		e.cores.slots <- struct{}{}
	}
}

// take returns the worker that was free last, or nil.
func (c *cores) take() *worker {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.free) == 0 {
		return nil
	}
	w := c.free[len(c.free)-1]
	c.free = c.free[:len(c.free)-1]
	return w
}
