package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/sony/gobreaker/v2"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/pause"
)

const (
	// The pauses between attempts begin at about firstPause, double, and vary by half either way, so that clients that
	// failed together do not come back together.
	firstPause = 250 * time.Millisecond
	maxPause   = 8 * time.Second
	// maxWait is how long a server may ask to be left alone by a caller without a deadline.
	maxWait = time.Minute
	// trialPause is how often a request looks whether the one that tries a rested server has come back.
	trialPause = 50 * time.Millisecond
)

// ask makes one request, with its retries, as one of at most Config.Parallel or by itself, unless the server is being left
// alone.
func (c *Client) ask(ctx context.Context, q question) ([]rerank.Score, error) {
	weight := int64(1)
	if q.alone {
		weight = c.parallel
	}
	if err := c.slots.Acquire(ctx, weight); err != nil {
		return nil, err
	}
	defer c.slots.Release(weight)
	for {
		scores, err := c.breaker.Execute(func() ([]rerank.Score, error) {
			start := time.Now()
			scores, err := c.persist(ctx, q)
			return scores, c.trip.note(err, time.Since(start))
		})
		switch {
		case errors.Is(err, gobreaker.ErrOpenState):
			return nil, c.trip.error()
		case !errors.Is(err, gobreaker.ErrTooManyRequests):
			return scores, err
		}
		if err := pause.For(ctx, trialPause); err != nil {
			return nil, err
		}
	}
}

// persist attempts a request until it is answered, or there is no point in going on.
func (c *Client) persist(ctx context.Context, q question) ([]rerank.Score, error) {
	body, err := json.Marshal(c.dialect.encode(q))
	if err != nil {
		return nil, &failure{err: err, ours: true}
	}
	pauses := backoff.ExponentialBackOff{InitialInterval: firstPause, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: maxPause}
	for left := c.retries; ; left-- {
		scores, err := c.attempt(ctx, q, body)
		var f *failure
		if !errors.As(err, &f) || !f.again || left == 0 || f.crowded && !q.alone {
			return scores, err
		}
		wait := max(f.after, pauses.NextBackOff())
		if err := worthIt(ctx, wait, f); err != nil {
			return nil, err
		}
		if err := pause.For(ctx, wait); err != nil {
			return nil, &failure{err: err, gone: true}
		}
	}
}

// worthIt returns an error where there is no time for the pause before the next attempt.
func worthIt(ctx context.Context, wait time.Duration, f *failure) error {
	left, limit := maxWait, "the %v that are ever waited"
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < left {
		left, limit = time.Until(deadline), "the %v left"
	}
	if wait <= left {
		return nil
	}
	g := *f
	limit = fmt.Sprintf(limit, left.Round(time.Millisecond))
	if f.after > 0 {
		g.err = fmt.Errorf("%w; it asks to wait %v, longer than %s", f.err, f.after.Round(time.Millisecond), limit)
	} else {
		g.err = fmt.Errorf("%w; the next attempt is due in %v, longer than %s", f.err, wait.Round(time.Millisecond), limit)
	}
	return &g
}

// attempt asks once and reads the answer. Its errors are *failure.
func (c *Client) attempt(ctx context.Context, q question, body []byte) ([]rerank.Score, error) {
	r, err := c.send(ctx, http.MethodPost, c.endpoint, body)
	if err != nil {
		return nil, err
	}
	a, err := c.dialect.decode(r.body)
	if err != nil {
		err = notJSON(r, err)
		if said := c.words(r.header, r.body); said != "" && !isHTML(r.header, r.body) {
			err = fmt.Errorf("%w (it says %q): is the dialect %s?", err, said, c.dialect.name)
		}
		return nil, &failure{err: err}
	}
	if a.tokens == 0 {
		a.tokens, _ = strconv.Atoi(r.header.Get("X-Compute-Tokens")) // TEI's count for the whole request
	}
	scores, err := judge(q, a)
	if err != nil {
		return nil, &failure{err: err}
	}
	return scores, nil
}
