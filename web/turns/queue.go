package turns

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// A Queue has a number of turns, and a number of places for those who wait for one. Within a key they are served in the
// order in which they came; the keys that wait take turns, so that one with a hundred requests delays another's first
// by one. Where all places are taken, a newcomer whose key has fewer takes that of the last request in the longest line.
// Nobody waits in vain: where the context of a request has a deadline, half of the time until then is for the work. Who
// would wait for longer, by what turns took lately, is told at once, and who has waited for so long then.
//
// It is safe for concurrent use.
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
	came := time.Now()
	patience, _ := patience(ctx, came)
	p, err := q.enter(keyOf(ctx), patience)
	if err != nil {
		return nil, err
	}
	if err := q.await(ctx, p, came); err != nil {
		return nil, err
	}
	start := time.Now()
	return sync.OnceFunc(func() {
		q.learn(time.Since(start))
		q.next()
	}), nil
}

// patience is how long a request may wait that came then: half of the time until the deadline of its context. hurried is
// false where it has none.
func patience(ctx context.Context, came time.Time) (wait time.Duration, hurried bool) {
	end, ok := ctx.Deadline()
	if !ok {
		return math.MaxInt64, false
	}
	return end.Sub(came) / 2, true
}

// await waits until the place is called. The deadline may become a later one meanwhile, or none, where others come to share
// the request: it is looked at again before it is too late.
func (q *Queue) await(ctx context.Context, p *place, came time.Time) error {
	for {
		wait, hurried := patience(ctx, came)
		var late <-chan time.Time // never
		if hurried {
			late = time.After(wait - time.Since(came))
		}
		select {
		case err := <-p.called:
			return err
		case <-ctx.Done():
			q.giveUp(p)
			return ctx.Err()
		case <-late:
		}
		if now, hurried := patience(ctx, came); hurried && now <= wait {
			q.giveUp(p)
			return q.late(wait)
		}
	}
}

// enter takes a turn that is free, or a place.
func (q *Queue) enter(key string, patience time.Duration) (*place, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	p := &place{make(chan error, 1)}
	if q.taken < q.turns { // then nobody waits
		q.taken++
		p.called <- nil
		return p, nil
	}
	own := slices.IndexFunc(q.lines, func(l *line) bool { return l.key == key })
	if wait := q.wait(own); wait > patience {
		return nil, Refuse(fmt.Sprintf("a turn at the model would come in some %v, which is too late", wait.Round(100*time.Millisecond)), wait)
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

// giveUp leaves the place, and passes on the turn to which it may have been called just then.
func (q *Queue) giveUp(p *place) {
	if !q.quit(p) && <-p.called == nil {
		q.next()
	}
}

// wait is about how long a newcomer to the line at place own (-1: a new one) waits: of each line as many are served before
// as there are in its own, and one.
func (q *Queue) wait(own int) time.Duration {
	length := q.length(own)
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

// length is how many wait in the line at a place (-1: a new one).
func (q *Queue) length(at int) int {
	if at < 0 {
		return 0
	}
	return len(q.lines[at].waiting)
}

// push frees the last place of the longest line for the line at place own (-1: a new one), if that stays shorter.
func (q *Queue) push(own int) bool {
	length := q.length(own)
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
	return Refuse(fmt.Sprintf("%d requests wait for the model already", n), q.mean*time.Duration(n+1)/time.Duration(q.turns))
}

// late is the error of a request that has waited for so long.
func (q *Queue) late(waited time.Duration) *Busy {
	q.mu.Lock()
	defer q.mu.Unlock()
	return Refuse(fmt.Sprintf("no turn at the model came in %v, half of the time that there was", waited.Round(100*time.Millisecond)), q.wait(-1))
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
