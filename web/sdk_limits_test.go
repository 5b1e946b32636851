package web_test

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quern-search/quern/web"
	"github.com/quern-search/quern/web/dialect"
)

// sdkPause is how long a key of sdkTask.Keys.Again is turned away. It is longer than clients wait in all when they are not
// told how long: cohere's 1 s and 2 s.
const sdkPause = 5 * time.Second

// sdkSite is the server that clients are tested with, and what turns some of their keys away.
func sdkSite(t *testing.T, task sdkTask) http.Handler {
	t.Helper()
	l := &sdkLimits{task: task, open: map[string]time.Time{}}
	all := []web.Key{web.HashKey(task.Keys.Good)}
	for _, secret := range append(task.Keys.Again, task.Keys.Busy) {
		all = append(all, web.HashKey(secret))
	}
	l.next = tinySite(t, web.Config{Keys: all})
	return l
}

type sdkLimits struct {
	next http.Handler
	task sdkTask

	mu   sync.Mutex
	open map[string]time.Time // when a key of Keys.Again is let in, from its first request on
}

func (l *sdkLimits) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	wait := l.wait(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if wait <= 0 {
		l.next.ServeHTTP(w, r)
		return
	}
	seconds := strconv.Itoa(int(math.Ceil(wait.Seconds())))
	status, body := dialect.Routes()[0].Form().Fail(dialect.Problem{
		Status: http.StatusTooManyRequests, Code: "Throttling.RateQuota", RequestID: "test",
		Message: "too many requests with this key: try again in " + seconds + "s",
	}, nil)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Retry-After", seconds)
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func (l *sdkLimits) wait(secret string) time.Duration {
	if secret == l.task.Keys.Busy {
		return time.Second
	}
	if !slices.Contains(l.task.Keys.Again, secret) {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[secret].IsZero() {
		l.open[secret] = time.Now().Add(sdkPause)
	}
	return time.Until(l.open[secret])
}
