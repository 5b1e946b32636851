package remote_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/remote"
)

// A patient is a server whose health a test decides.
type patient struct {
	answer atomic.Value // http.HandlerFunc
	asked  atomic.Int32
}

func (p *patient) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked.Add(1)
	p.answer.Load().(http.HandlerFunc)(w, r)
}

func (p *patient) is(h http.HandlerFunc) { p.answer.Store(h) }

func TestAFailingServerIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p patient
		c := inMemory(t, remote.Config{Retries: -1, Batch: 2, Parallel: 2}, p.ServeHTTP)
		ask := func(n int) error {
			_, err := rerank.Rank(t.Context(), c, documents(n), 0)
			return err
		}
		failures := func(n int, h http.HandlerFunc) {
			p.is(h)
			for range n {
				if ask(1) == nil {
					t.Fatal("no error")
				}
			}
		}
		down := say(http.StatusServiceUnavailable, `{"detail":"loading"}`)
		failures(4, down)
		p.is(scoreAll(t))
		check(t, ask(1)) // not five in a row
		failures(5, down)

		before := p.asked.Load()
		time.Sleep(12 * time.Second)
		err := ask(1)
		mention(t, err, "left alone for 12s", "5 requests in a row", "30s", "loading")
		if !errors.Is(err, remote.ErrUnreachable) || p.asked.Load() != before {
			t.Errorf("%v; asked %d times more", err, p.asked.Load()-before)
		}

		time.Sleep(19 * time.Second)
		failures(1, down) // the trial
		before = p.asked.Load()
		mention(t, ask(1), "left alone for 31s")
		time.Sleep(31 * time.Second)
		slow := func(w http.ResponseWriter, r *http.Request) { time.Sleep(time.Second); scoreAll(t)(w, r) }
		p.is(slow)
		check(t, ask(9)) // one batch tries, the others wait for it
		check(t, ask(9))
		if n := p.asked.Load() - before; n != 10 {
			t.Errorf("asked %d times for 18 documents in batches of 2, want 10", n)
		}
	})
}

func TestWhatIsNotTheServersFault(t *testing.T) {
	never := func(_ http.ResponseWriter, r *http.Request) { hang(make(chan error, 1))(nil, r) }
	for name, test := range map[string]struct {
		answer   http.HandlerFunc
		deadline time.Duration
		cancel   bool
		trips    bool
	}{
		"a bad request":       {answer: say(http.StatusBadRequest, "no")},
		"a wrong key":         {answer: say(http.StatusUnauthorized, "no")},
		"too long":            {answer: say(http.StatusRequestEntityTooLarge, "no")},
		"a hurried caller":    {answer: never, deadline: time.Second},
		"a caller who left":   {answer: never, deadline: time.Minute, cancel: true},
		"a patient caller":    {answer: never, deadline: 6 * time.Second, trips: true},
		"too many requests":   {answer: say(http.StatusTooManyRequests, "no"), trips: true},
		"nonsense":            {answer: say(http.StatusOK, "<html>"), trips: true},
		"scores of a madman":  {answer: say(http.StatusOK, `{"results":[{"index":0,"relevance_score":7.3}]}`), trips: true},
		"an internal failure": {answer: say(http.StatusInternalServerError, ""), trips: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var p patient
				p.is(test.answer)
				c := inMemory(t, remote.Config{Retries: -1}, p.ServeHTTP)
				for range 6 {
					ctx, cancel := context.WithCancel(t.Context())
					if test.deadline > 0 {
						ctx, cancel = context.WithTimeout(ctx, test.deadline)
					}
					if test.cancel {
						time.AfterFunc(10*time.Second, cancel)
					}
					if _, err := rerank.Rank(ctx, c, documents(1), 0); err == nil {
						t.Error("no error")
					}
					cancel()
				}
				want := int32(6)
				if test.trips {
					want = 5
				}
				if got := p.asked.Load(); got != want {
					t.Errorf("asked %d times of 6, want %d", got, want)
				}
			})
		})
	}
}
