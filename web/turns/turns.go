// Package turns keeps a model from being asked by everybody at once: a [Queue] lets some requests work, and has the
// others wait for their turn, fairly between the keys with which they came.
//
// turns.go is the Queue; scorer.go puts one in front of a rerank.Scorer, so that a request which finds no place
// meets a model that refuses, and a search is still answered, in the order of BM25. Read next: package pipeline, which
// sees to that, and web/keys.go, which says whose request it is.
package turns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
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

// A Busy is the error of a request that cannot wait for its turn: there is no place, or half of the time until the deadline
// of its context would be over by then. It wraps [ErrBusy].
type Busy struct {
	Waiting int           // requests that wait already
	Wait    time.Duration // until its turn would come, as far as turns last as they did lately; 0: there is no place
	Retry   time.Duration // after which it is worth another try, 1 s to 1 min
}

// Error implements error.
func (b *Busy) Error() string {
	if b.Wait > 0 {
		return fmt.Sprintf("%v: a turn would come in some %v, which is too late: try again in %v", ErrBusy, b.Wait.Round(100*time.Millisecond), b.Retry)
	}
	return fmt.Sprintf("%v: %d requests wait for it already: try again in %v", ErrBusy, b.Waiting, b.Retry)
}

// Unwrap makes errors.Is find ErrBusy.
func (b *Busy) Unwrap() error { return ErrBusy }

// RetryAfter is Retry.
func (b *Busy) RetryAfter() time.Duration { return b.Retry }

// A Queue has a number of turns, and a number of places for those who wait for one. Within a key they are served in the
// order in which they came; the keys that wait take turns, so that one with a hundred requests delays another's first
// by one. Where all places are taken, a newcomer whose key has fewer takes that of the last request in the longest line.
// Nobody waits in vain: whose turn would come too late is told at once. It is safe for concurrent use.
type Queue struct {
	mu     sync.Mutex
	turns  int           // in all
	places int           // in all
	taken  int           // turns
	lines  []*line       // of the keys that wait, whose turn is next first
	mean   time.Duration // of a turn, lately
}

// A line is what waits with one key, the first come first; never empty.
type line struct {
	key     string
	waiting []*place
}

// A place is where one request waits; what it waits for is nil, a turn, or the error of one that was pushed out.
type place struct{ called chan error }

// New returns a Queue of so many turns, at least one, and so many places to wait for one.
func New(turns, places int) *Queue { return &Queue{turns: max(turns, 1), places: max(places, 0)} }

// Take waits for a turn, which done gives back; calling done again does nothing. The error is a [*Busy], or that of ctx
// if it ends first: the place is then free at once.
func (q *Queue) Take(ctx context.Context) (done func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p, err := q.enter(ctx)
	if err != nil {
		return nil, err
	}
	select {
	case err = <-p.called:
	case <-ctx.Done():
		if err = ctx.Err(); !q.quit(p) && <-p.called == nil {
			q.next() // called just when it left
		}
	}
	if err != nil {
		return nil, err
	}
	start := time.Now()
	return sync.OnceFunc(func() {
		q.learn(time.Since(start))
		q.next()
	}), nil
}

// enter takes a turn that is free, or a place.
func (q *Queue) enter(ctx context.Context) (*place, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	p := &place{make(chan error, 1)}
	if q.taken < q.turns { // then nobody waits
		q.taken++
		p.called <- nil
		return p, nil
	}
	key := keyOf(ctx)
	own := slices.IndexFunc(q.lines, func(l *line) bool { return l.key == key })
	if end, ok := ctx.Deadline(); ok {
		if wait := q.wait(own); wait > time.Until(end)/2 { // the rest is for the work, and for guessing wrong
			return nil, &Busy{q.waiting(), wait, retry(wait)}
		}
	}
	if q.waiting() >= q.places && !q.push(own) {
		return nil, q.full()
	}
	if own < 0 {
		q.lines = append(q.lines, &line{key: key})
		own = len(q.lines) - 1
	}
	q.lines[own].waiting = append(q.lines[own].waiting, p)
	return p, nil
}

// wait is about how long a newcomer to the line at place own (-1: a new one) waits: of each line as many are served before
// as there are in its own, and one.
func (q *Queue) wait(own int) time.Duration {
	length := 0
	if own >= 0 {
		length = len(q.lines[own].waiting)
	}
	before := 1
	for i, l := range q.lines {
		if i == own {
			before += length
		} else {
			before += min(len(l.waiting), length+1)
		}
	}
	return q.mean * time.Duration(before) / time.Duration(q.turns)
}

// push frees the last place of the longest line for the line at place own (-1: a new one), if that stays shorter.
func (q *Queue) push(own int) bool {
	length := 0
	if own >= 0 {
		length = len(q.lines[own].waiting)
	}
	var longest *line
	for _, l := range q.lines {
		if longest == nil || len(l.waiting) > len(longest.waiting) {
			longest = l
		}
	}
	if longest == nil || len(longest.waiting) < length+2 {
		return false
	}
	last := len(longest.waiting) - 1
	longest.waiting[last].called <- q.full()
	longest.waiting = longest.waiting[:last]
	return true
}

// quit gives up a place, or returns false where p has been called.
func (q *Queue) quit(p *place) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, l := range q.lines {
		if at := slices.Index(l.waiting, p); at >= 0 {
			l.waiting = slices.Delete(l.waiting, at, at+1)
			if len(l.waiting) == 0 {
				q.lines = slices.Delete(q.lines, i, i+1)
			}
			return true
		}
	}
	return false
}

// next passes a turn on to the line whose turn it is, which then goes to the end.
func (q *Queue) next() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.lines) == 0 {
		q.taken--
		return
	}
	l := q.lines[0]
	q.lines = slices.Delete(q.lines, 0, 1)
	p := l.waiting[0]
	l.waiting = slices.Delete(l.waiting, 0, 1)
	if len(l.waiting) > 0 {
		q.lines = append(q.lines, l)
	}
	p.called <- nil
}

// learn has the mean follow what turns take; the last eight or so count.
func (q *Queue) learn(took time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.mean == 0 {
		q.mean = took
	}
	q.mean += (took - q.mean) / 8
}

// waiting is how many wait. The caller has the lock, and so in full.
func (q *Queue) waiting() int {
	n := 0
	for _, l := range q.lines {
		n += len(l.waiting)
	}
	return n
}

func (q *Queue) full() *Busy {
	n := q.waiting()
	return &Busy{Waiting: n, Retry: retry(q.mean * time.Duration(n+1) / time.Duration(q.turns))}
}

// The bounds of Busy.Retry: less makes clients come back to no avail, and more is a guess that nobody should trust.
const (
	minRetry = time.Second
	maxRetry = time.Minute
)

// retry is a wait as clients are told it.
func retry(wait time.Duration) time.Duration {
	return min(max(wait.Round(time.Second), minRetry), maxRetry)
}

// Load is how many requests have a turn just now, and how many wait for one.
func (q *Queue) Load() (working, waiting int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.taken, q.waiting()
}
