package turns_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quern-search/quern/web/turns"
)

// A crowd is requests that queue up within a synctest bubble, each named by its key and its number there.
type crowd struct {
	t     *testing.T
	queue *turns.Queue
	mu    sync.Mutex
	log   []event // who had a turn, and who was refused
	count map[string]int
	leave map[string]context.CancelFunc
}

// An event is what happened to one request, and when.
type event struct {
	at   time.Time
	name string
}

func newCrowd(t *testing.T, queue *turns.Queue) *crowd {
	return &crowd{t: t, queue: queue, count: map[string]int{}, leave: map[string]context.CancelFunc{}}
}

// come has one request a letter of keys arrive, each with that key; each has its turn for a second.
func (c *crowd) come(keys string) {
	for _, key := range strings.Split(keys, "") {
		c.count[key]++
		name := fmt.Sprint(key, c.count[key])
		ctx, cancel := context.WithCancel(turns.WithKey(c.t.Context(), key))
		c.leave[name] = cancel
		go func() {
			done, err := c.queue.Take(ctx)
			var busy *turns.Busy
			switch {
			case errors.As(err, &busy):
				name = "!" + name
			case err != nil:
				name = "-" + name
			}
			c.mu.Lock()
			c.log = append(c.log, event{time.Now(), name})
			c.mu.Unlock()
			if err == nil {
				time.Sleep(time.Second)
				done()
			}
		}()
		synctest.Wait()
	}
}

// served waits until everybody is, and tells what happened, in order of time and name.
func (c *crowd) served() string {
	time.Sleep(time.Hour)
	synctest.Wait()
	if working, waiting := c.queue.Load(); working+waiting != 0 {
		c.t.Errorf("%d work and %d wait with nobody there", working, waiting)
	}
	slices.SortFunc(c.log, func(a, b event) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.name, b.name)) })
	var names []string
	for _, e := range c.log {
		names = append(names, e.name)
	}
	return strings.Join(names, " ")
}

// Who is served when, and who is refused.
func TestFairTurns(t *testing.T) {
	tests := []struct {
		name          string
		turns, places int
		come          string // keys, in the order of arrival
		want          string // "!": refused
	}{
		{"one key is served in order", 1, 9, "aaaa", "a1 a2 a3 a4"},
		{"keys take turns", 1, 9, "aaaabb", "a1 a2 b1 a3 b2 a4"},
		{"a crowd delays another's first by one", 1, 99, strings.Repeat("a", 9) + "b", "a1 a2 b1 a3 a4 a5 a6 a7 a8 a9"},
		{"three keys", 1, 9, "aaabbbccc", "a1 a2 b1 c1 a3 b2 c2 b3 c3"},
		{"several turns", 2, 9, "aaaabb", "a1 a2 a3 b1 a4 b2"},
		{"no place", 1, 0, "aa", "!a2 a1"},
		{"beyond the places", 1, 2, "aaaa", "!a4 a1 a2 a3"},
		{"a key with fewer takes a place of the longest line", 1, 3, "aaaab", "!a4 a1 a2 b1 a3"},
		{"until it has as many", 1, 4, "aaaaabbb", "!a4 !a5 !b3 a1 a2 b1 a3 b2"},
		{"not where it would be as long", 1, 1, "aab", "!b1 a1 a2"},
		{"no turns are one", 0, 1, "aa", "a1 a2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCrowd(t, turns.New(test.turns, test.places))
				c.come(test.come)
				if got := c.served(); got != test.want {
					t.Errorf("%s came: %s, want %s", test.come, got, test.want)
				}
			})
		})
	}
}

// Who leaves frees the place at once, and nobody else's turn is lost.
func TestLeavingTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, turns.New(1, 3))
		c.come("aabb")
		c.leave["a2"]()
		c.leave["b2"]()
		synctest.Wait()
		if working, waiting := c.queue.Load(); working != 1 || waiting != 1 {
			t.Errorf("%d work, %d wait; want 1 and 1", working, waiting)
		}
		c.come("aa")
		if got, want := c.served(), "-a2 -b2 a1 b1 a3 a4"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// Whoever comes with a context that has ended is not let in.
func TestComingTooLate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	q := turns.New(1, 1)
	if _, err := q.Take(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if working, waiting := q.Load(); working+waiting != 0 {
		t.Errorf("%d work, %d wait", working, waiting)
	}
}

// A turn is given back once, however often that is said.
func TestDoneTwice(t *testing.T) {
	q := turns.New(1, 0)
	done, err := q.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	done()
	done()
	if working, _ := q.Load(); working != 0 {
		t.Errorf("%d work, want none", working)
	}
}

// A refusal says when there may be a place: about what those in front take.
func TestRetry(t *testing.T) {
	for took, want := range map[time.Duration]time.Duration{
		time.Millisecond: time.Second, // the least
		10 * time.Second: 15 * time.Second,
		time.Hour:        time.Minute, // the most
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			q := turns.New(2, 2)
			done, err := q.Take(ctx)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(took)
			done()
			for range 4 {
				go q.Take(ctx)
			}
			synctest.Wait()
			_, err = q.Take(ctx)
			var busy *turns.Busy
			if !errors.As(err, &busy) || !errors.Is(err, turns.ErrBusy) || busy.RetryAfter() != want {
				t.Errorf("turns of %v: %v, want to try again in %v", took, err, want)
			} else if want := fmt.Sprintf("the model is busy: 2 requests wait for the model already: try again in %v", want); err.Error() != want {
				t.Errorf("error %q, want %q", err, want)
			}
			cancel()
		})
	}
}

// Whose turn would come too late is told at once, by what turns took lately and who waits in front; and who has waited for
// half of the time is told then.
func TestNobodyWaitsInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := t.Context()
		q := turns.New(1, 99)
		take := func(key string, within time.Duration) string {
			ctx, cancel := context.WithTimeout(turns.WithKey(end, key), within)
			defer cancel()
			_, err := q.Take(ctx)
			return fmt.Sprint(err)
		}
		done, err := q.Take(end)
		if err != nil {
			t.Fatal(err)
		}
		const late = "the model is busy: no turn at the model came in 2.5s, half of the time that there was: try again in 1s"
		if got := take("a", 5*time.Second); got != late { // nothing is known yet
			t.Error(got)
		}
		time.Sleep(2500 * time.Millisecond)
		time.Sleep(5 * time.Second)
		done() // it took 10 s
		all, leave := context.WithCancel(end)
		defer leave()
		for range 4 { // one works, three wait
			go q.Take(turns.WithKey(all, "a"))
			synctest.Wait()
		}
		start := time.Now()
		for _, test := range []struct {
			key    string
			within time.Duration
			want   string
		}{
			{"a", 79 * time.Second, "the model is busy: a turn at the model would come in some 40s, which is too late: try again in 40s"},
			{"b", 39 * time.Second, "the model is busy: a turn at the model would come in some 20s, which is too late: try again in 20s"},
		} {
			if got := take(test.key, test.within); got != test.want {
				t.Errorf("%s: %s, want %s", test.key, got, test.want)
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("they waited %v", took)
		}
		const never = "the model is busy: no turn at the model came in 20s, half of the time that there was: try again in 20s"
		if got := take("b", 40*time.Second); got != never { // just in time, had all gone well
			t.Error(got)
		}
		if working, waiting := q.Load(); working != 1 || waiting != 3 {
			t.Errorf("%d work and %d wait, want 1 and 3", working, waiting)
		}
	})
}

// Under many hands, with some that leave whenever, no turn is given twice or lost. The race detector looks on.
func TestManyHands(t *testing.T) {
	const n, atOnce = 400, 3
	q := turns.New(atOnce, n)
	var hands sync.WaitGroup
	working := make(chan struct{}, atOnce)
	for i := range n {
		hands.Go(func() {
			ctx, cancel := context.WithCancel(turns.WithKey(t.Context(), fmt.Sprint(i%7)))
			defer cancel()
			if i%3 == 0 {
				go cancel()
			}
			done, err := q.Take(ctx)
			if err != nil {
				return
			}
			select {
			case working <- struct{}{}:
				<-working
			default:
				t.Errorf("more than %d work at once", atOnce)
			}
			done()
		})
	}
	hands.Wait()
	if working, waiting := q.Load(); working+waiting != 0 {
		t.Errorf("in the end %d work and %d wait", working, waiting)
	}
}
