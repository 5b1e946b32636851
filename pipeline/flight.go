package pipeline

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/quern-search/quern/rerank"
)

// maxAbandoned bounds the askings of one model that nobody waits for any more. One that heeds its context is gone
// within moments; one that is stuck keeps a task (some 100 kB) and perhaps a connection for ever, so beyond this the
// model is not asked until one of them ends.
const maxAbandoned = 64

// flights are the askings of one model that are under way. Those who ask the same at the same time share one: it goes on
// as long as anybody waits for it, and ends when the last has gone. Whoever came first and leaves takes nothing from the
// others, and each has all results from the first one on.
type flights struct {
	mu        sync.Mutex // guards all flights too
	byTask    map[cacheKey]*flight
	abandoned int // askings that go on with nobody waiting: see maxAbandoned
}

// A flight is one asking. It works in a goroutine of its own, so that nobody waits for a Scorer that is deaf to its
// context.
type flight struct {
	context.Context
	flights *flights
	cancel  context.CancelFunc
	task    cacheKey
	waiting int
	until   time.Time     // the latest deadline of those who have waited; zero: one had none
	results []result      // so far
	landed  bool          // there will be no more
	news    chan struct{} // closed when there is more to know, and replaced
}

// A result is one step of a Scorer.
type result struct {
	score rerank.Score
	model rerank.Model // as it was just then
	err   error
}

// Deadline makes a flight the context of its Scorer: some give up early what takes longer than is left.
func (f *flight) Deadline() (time.Time, bool) {
	f.flights.mu.Lock()
	defer f.flights.mu.Unlock()
	return f.until, !f.until.IsZero()
}

// board finds the flight that judges t, or starts it. Everybody who boards must leave.
func (fs *flights) board(ctx context.Context, s rerank.Scorer, t rerank.Task) (*flight, error) {
	model := s.Model()
	task := hashOf(append([]string{model.Fingerprint, t.Instruction(), t.Query}, t.Documents...))
	until, _ := ctx.Deadline()
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f := fs.byTask[task]
	if f == nil {
		if fs.abandoned >= maxAbandoned {
			return nil, fmt.Errorf("rerank: model %q: it is still busy with %d earlier requests that it did not finish in time", model.Name, fs.abandoned)
		}
		f = &flight{flights: fs, task: task, until: until, news: make(chan struct{})}
		f.Context, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
		if fs.byTask == nil {
			fs.byTask = map[cacheKey]*flight{}
		}
		fs.byTask[task] = f
		go f.fly(s, t)
	}
	f.waiting++
	if until.IsZero() || f.until.Before(until) && !f.until.IsZero() {
		f.until = until
	}
	return f, nil
}

// leave ends a flight that nobody waits for any more.
func (f *flight) leave() {
	f.flights.mu.Lock()
	defer f.flights.mu.Unlock()
	if f.waiting--; f.waiting == 0 && !f.landed {
		f.flights.abandoned++
		f.forget()
		f.cancel()
	}
}

// forget keeps others from boarding.
func (f *flight) forget() {
	if f.flights.byTask[f.task] == f {
		delete(f.flights.byTask, f.task)
	}
}

func (f *flight) fly(s rerank.Scorer, t rerank.Task) {
	defer f.cancel()
	for score, err := range rerank.Checked(f, s, t) {
		r := result{score, s.Model(), err}
		f.tell(func() { f.results = append(f.results, r) })
	}
	f.tell(func() {
		f.landed = true
		f.forget()
		if f.waiting == 0 {
			f.flights.abandoned--
		}
	})
}

// tell changes what is known of f, and wakes those who wait for it.
func (f *flight) tell(change func()) {
	f.flights.mu.Lock()
	defer f.flights.mu.Unlock()
	change()
	close(f.news)
	f.news = make(chan struct{})
}

// result waits for the i-th result, or for the end of ctx: that has an error once all that has come by then is read. ok is
// false where there are no more.
func (f *flight) result(ctx context.Context, i int) (r result, ok bool, err error) {
	for {
		f.flights.mu.Lock()
		results, landed, news := f.results, f.landed, f.news
		f.flights.mu.Unlock()
		switch {
		case i < len(results):
			return results[i], true, nil
		case landed:
			return result{}, false, nil
		case ctx.Err() != nil:
			return result{}, false, context.Cause(ctx)
		}
		select {
		case <-news:
		case <-ctx.Done():
		}
	}
}
