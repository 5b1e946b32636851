package keyring

import (
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/time/rate"
)

// ErrRate and ErrTokens are wrapped by the error of a request beyond a limit of its key: too many requests, or too much
// text.
var (
	ErrRate   = errors.New("too many requests with this key")
	ErrTokens = errors.New("too many tokens with this key")
)

// A LimitError is the error of a request beyond a limit of its key. It wraps [ErrRate] or [ErrTokens].
type LimitError struct {
	kind  error
	limit string
	retry time.Duration
}

// Error implements error.
func (e *LimitError) Error() string {
	return fmt.Sprintf("%v, which may have %s: try again in %v", e.kind, e.limit, e.retry)
}

// Unwrap returns ErrRate or ErrTokens.
func (e *LimitError) Unwrap() error { return e.kind }

// RetryAfter is when there is room again, if nothing else comes; a second where nobody knows.
func (e *LimitError) RetryAfter() time.Duration { return e.retry }

// An allowance is how much of its limits a key has left. Each limit is a bucket that holds a minute's worth and fills
// evenly, so that a client may have its minute at once. What a request costs in tokens is known only when it is over: it
// is let in as long as the bucket holds anything, and charged then, in full. The bucket may so go below empty, and lets
// nothing in until it has filled up again: over the minutes a client gets its limit and no more.
type allowance struct {
	requests, tokens *rate.Limiter // nil: no limit
	running          int           // requests that are under way
}

// adapt has a follow the limits of k, which may have changed; what is used up stays so.
func (a *allowance) adapt(k Key) {
	a.requests = adapted(a.requests, k.Requests)
	a.tokens = adapted(a.tokens, k.Tokens)
}

func adapted(l *rate.Limiter, minute int) *rate.Limiter {
	perSecond := rate.Limit(float64(minute) / time.Minute.Seconds())
	switch {
	case minute == 0:
		return nil
	case l == nil:
		return rate.NewLimiter(perSecond, minute)
	}
	l.SetLimit(perSecond)
	l.SetBurst(minute)
	return l
}

// admit lets a request of k in, or returns a *LimitError. What it lets in must be ended.
func (a *allowance) admit(k Key, now time.Time) error {
	if k.Concurrent > 0 && a.running >= k.Concurrent {
		return &LimitError{ErrRate, fmt.Sprintf("%d at the same time", k.Concurrent), time.Second}
	}
	if wait := until(a.tokens, now); wait > 0 {
		return &LimitError{ErrTokens, fmt.Sprintf("%d a minute", k.Tokens), wait}
	}
	if wait := until(a.requests, now); wait > 0 {
		return &LimitError{ErrRate, fmt.Sprintf("%d a minute", k.Requests), wait}
	}
	if a.requests != nil {
		a.requests.ReserveN(now, 1)
	}
	a.running++
	return nil
}

// rounding is by how much the fractions in which a bucket fills may fall short of their sum.
const rounding = 1e-6

// until is how long it takes until l holds one again, in whole seconds, since that is how clients are told.
func until(l *rate.Limiter, now time.Time) time.Duration {
	if l == nil {
		return 0
	}
	missing := 1 - l.TokensAt(now)
	if missing <= rounding {
		return 0
	}
	return time.Duration(math.Ceil(missing/float64(l.Limit())-rounding)) * time.Second
}

// end charges a request that is over.
func (a *allowance) end(tokens int, now time.Time) {
	a.running--
	if a.tokens == nil {
		return
	}
	for tokens > 0 { // a Limiter takes no more than it holds at a time
		n := min(tokens, a.tokens.Burst())
		a.tokens.ReserveN(now, n)
		tokens -= n
	}
}
