package remote

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/quern-search/quern/rerank"
)

const (
	// A server that failed maxFailures requests in a row is left alone for restTime.
	maxFailures = 5
	restTime    = 30 * time.Second
	// patience is how long a server must have kept a caller waiting for a deadline that passes to count against it: a
	// caller may be in a hurry.
	patience = 5 * time.Second
)

// A trip is why a server is left alone, and since when.
type trip struct {
	mu    sync.Mutex
	since time.Time
	why   error
}

// note remembers what a request failed of. A deadline by which the server had time enough is held against it, too.
func (t *trip) note(err error, waited time.Duration) error {
	var f *failure
	if !errors.As(err, &f) || f.ours {
		return err
	}
	why := f.err
	if f.gone {
		if !errors.Is(f.err, context.DeadlineExceeded) || waited < patience {
			return err
		}
		why = fmt.Errorf("%w: no answer within %v", ErrUnreachable, waited.Round(time.Millisecond)) // nobody else's deadline
		f = &failure{err: fmt.Errorf("no answer within %v: %w", waited.Round(time.Millisecond), f.err)}
	}
	t.mu.Lock()
	t.why = why
	t.mu.Unlock()
	return f
}

func (t *trip) error() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return fmt.Errorf("left alone for %v, since the last of %d requests in a row failed, and tried again %v after each failure: %w",
		time.Since(t.since).Round(time.Second), maxFailures, restTime, t.why)
}

func (c *Client) newBreaker() *gobreaker.CircuitBreaker[[]rerank.Score] {
	of := func(err error) failure {
		var f *failure
		if errors.As(err, &f) {
			return *f
		}
		return failure{}
	}
	return gobreaker.NewCircuitBreaker[[]rerank.Score](gobreaker.Settings{
		Timeout:      restTime,
		ReadyToTrip:  func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= maxFailures },
		IsSuccessful: func(err error) bool { return err == nil || of(err).ours },
		IsExcluded:   func(err error) bool { return of(err).gone },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			if from == gobreaker.StateClosed && to == gobreaker.StateOpen {
				c.trip.mu.Lock()
				c.trip.since = time.Now()
				c.trip.mu.Unlock()
			}
		},
	})
}
