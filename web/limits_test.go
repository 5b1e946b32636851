package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank/reranktest"
	"github.com/quern-search/quern/web"
	"github.com/quern-search/quern/web/keyring"
	"github.com/quern-search/quern/web/turns"
)

// keyFile makes a file of keys, the secret of each being its name.
func keyFile(t testing.TB, keys ...keyring.Key) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.json")
	for _, k := range keys {
		k.Hash = keyring.HashOf(k.Name)
		check(t, keyring.Add(path, k))
	}
	return path
}

// Who is turned away reads why, and after what time to come back where that helps.
func TestLimitsOfAKey(t *testing.T) {
	path := keyFile(t,
		keyring.Key{Name: "requests", Requests: 1},
		keyring.Key{Name: "tokens", Tokens: 14}, // the task wine takes 22
		keyring.Key{Name: "expired", Expires: time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC)},
		keyring.Key{Name: "revoked"},
	)
	check(t, keyring.Revoke(path, "revoked"))
	tests := []struct {
		key, code, message, retry string
		status                    int
	}{
		{"requests", "Throttling.RateQuota", "too many requests with this key, which may have 1 a minute: try again in 1m0s", "60", http.StatusTooManyRequests},
		{"tokens", "Throttling.AllocationQuota", "too many tokens with this key, which may have 14 a minute: try again in 39s", "39", http.StatusTooManyRequests},
		{"expired", "InvalidApiKey", "this key has expired, on 1999-12-31: ask whoever runs this server for another", "", http.StatusUnauthorized},
		{"revoked", "InvalidApiKey", "this key was revoked, so ask whoever runs this server for another", "", http.StatusUnauthorized},
	}
	for _, test := range tests {
		t.Run(test.key, func(t *testing.T) {
			var log logBook
			keys := ring(keyring.Config{Path: path, Logger: log.logger()})
			h := site{web: web.Config{Keys: keys, Logger: log.logger()}}.start(t)
			synctest.Test(t, func(t *testing.T) {
				ask := request{path: "/v1/rerank", body: `{` + wine + `}`}.with("Bearer " + test.key)
				if test.status == http.StatusTooManyRequests {
					if w := ask.do(h); w.Code != http.StatusOK {
						t.Fatalf("the first request: %d %s", w.Code, w.Body)
					}
				}
				w := ask.do(h)
				var p struct{ Code, Message string }
				check(t, json.Unmarshal(w.Body.Bytes(), &p))
				if w.Code != test.status || p.Code != test.code || p.Message != test.message || w.Header().Get("Retry-After") != test.retry {
					t.Errorf("%d %s, Retry-After %q; want %+v", w.Code, w.Body, w.Header().Get("Retry-After"), test)
				}
				if challenge := w.Header().Get("WWW-Authenticate"); (challenge == "Bearer") != (test.status == http.StatusUnauthorized) {
					t.Errorf("WWW-Authenticate %q", challenge)
				}
				wait, err := time.ParseDuration("0" + test.retry + "s")
				check(t, err)
				time.Sleep(wait)
				if w := ask.do(h); wait > 0 && w.Code != http.StatusOK {
					t.Errorf("after %v: %d %s", wait, w.Code, w.Body)
				}
			})
			if strings.Contains(log.text(), test.key) || strings.Contains(log.text(), "sha256") {
				t.Errorf("the log tells of the key:\n%s", log.text())
			}
		})
	}
}

// What the model read is charged to the key that asked, for searches and for the rerank API.
func TestUsageOfAKey(t *testing.T) {
	keys := ring(keyring.Config{Secrets: []string{"one", "two"}})
	h := site{web: web.Config{Keys: keys}}.start(t)
	rerank := `{` + wine + `}`
	request{path: "/v1/rerank", body: rerank}.with("Bearer one").do(h)
	request{path: "/v1/rerank", body: rerank}.with("Bearer one").do(h) // is known by now, and told and charged all the same
	request{path: "/v1/rerank", body: rerank}.with("Bearer three").do(h)
	search := request{path: "/api/search?q=boil"}.with("Bearer two").do(h)
	var a pipeline.Answer
	check(t, json.Unmarshal(search.Body.Bytes(), &a))
	usage, err := keys.Usage()
	check(t, err)
	if one, two := usage["key1"], usage["key2"]; len(usage) != 2 || one.Requests != 2 || one.Tokens != 2*22 || two.Requests != 1 || two.Tokens != int64(a.Rerank.Tokens) || two.Tokens == 0 {
		t.Errorf("usage %+v, the search read %d tokens", usage, a.Rerank.Tokens)
	}
}

// busy is a server whose model has one turn, which is taken until release, and no place to wait.
func busy(t *testing.T) (h http.Handler, release func()) {
	t.Helper()
	queue := turns.New(1, 0)
	h = site{queue: queue}.start(t)
	done, err := queue.Take(t.Context())
	check(t, err)
	return h, done
}

// Where the queue is full the rerank API says when to come back.
func TestRerankWhenTheQueueIsFull(t *testing.T) {
	h, release := busy(t)
	ask := request{path: "/v1/rerank", body: `{` + wine + `}`}
	w := ask.do(h)
	wantProblem(t, w, http.StatusTooManyRequests, "0 requests wait for the model already: try again in 1s")
	if got := w.Header().Get("Retry-After"); got != "1" || !strings.Contains(w.Body.String(), `"code":"Throttling"`) {
		t.Errorf("Retry-After %q: %s", got, w.Body)
	}
	release()
	if w := ask.do(h); w.Code != http.StatusOK {
		t.Errorf("later: %d %s", w.Code, w.Body)
	}
}

// A search is always answered: in BM25 order, and saying so, on the page too.
func TestSearchWhenTheQueueIsFull(t *testing.T) {
	h, release := busy(t)
	defer release()
	const why = "the model is busy: 0 requests wait for the model already"
	w := request{path: "/api/search?q=boil"}.do(h)
	var a pipeline.Answer
	check(t, json.Unmarshal(w.Body.Bytes(), &a))
	if w.Code != http.StatusOK || a.Rerank.Status != pipeline.Failed || !strings.Contains(a.Rerank.Reason, why) || len(a.Hits) < 3 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = request{path: "/?q=boil"}.do(h)
	if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, "Shown in BM25 order, because reranking failed") || !strings.Contains(body, why) {
		t.Errorf("%d %s", w.Code, body)
	}
}

// Who shares a request with one in a hurry, and has more time, waits for the turn that comes too late for the other.
func TestSharingWithOneInAHurry(t *testing.T) {
	queue := turns.New(1, 9)
	h := site{queue: queue}.start(t)
	synctest.Test(t, func(t *testing.T) {
		done, err := queue.Take(t.Context())
		check(t, err)
		answers := map[string]chan string{}
		for _, deadline := range []string{"1000", "60000"} {
			answer := make(chan string, 1)
			answers[deadline] = answer
			go func() {
				w := request{path: "/api/search?q=boil&deadline_ms=" + deadline}.do(h)
				var a pipeline.Answer
				if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
					t.Error(err)
				}
				answer <- string(a.Rerank.Status)
			}()
			synctest.Wait()
		}
		time.Sleep(10 * time.Second)
		done()
		for deadline, want := range map[string]string{"1000": "failed", "60000": "ok"} {
			if got := <-answers[deadline]; got != want {
				t.Errorf("deadline_ms=%s: %s, want %s", deadline, got, want)
			}
		}
	})
}

// Of 500 requests that are given up, at the model, in the queue or while they share what others asked, nothing is left: no
// turn, no place, and no goroutine, which would keep the test from ending.
func TestNothingIsLeftOfThoseWhoLeave(t *testing.T) {
	queue := turns.New(4, 64)
	keys := ring(keyring.Config{Secrets: []string{"one", "two", "three"}})
	h := site{queue: queue, fake: &reranktest.Fake{Delay: time.Second}, web: web.Config{Keys: keys}}.start(t)
	synctest.Test(t, func(t *testing.T) {
		var all sync.WaitGroup
		for i := range 500 {
			all.Go(func() {
				time.Sleep(time.Duration(i%10) * 100 * time.Millisecond)
				ctx, hangUp := context.WithCancel(t.Context())
				defer time.AfterFunc(time.Duration(i%7+1)*300*time.Millisecond, hangUp).Stop()
				key := []string{"one", "two", "three"}[i%3]
				body := fmt.Sprintf(`{"query":"q%d","documents":["a","b","c","d"]}`, i%150)
				r := request{path: "/v1/rerank", body: body}.with("Bearer " + key).request().WithContext(ctx)
				h.ServeHTTP(httptest.NewRecorder(), r)
			})
		}
		all.Wait()
		synctest.Wait()
		if working, waiting := queue.Load(); working+waiting != 0 {
			t.Errorf("%d work and %d wait", working, waiting)
		}
		if w := (request{path: "/v1/rerank", body: `{` + wine + `}`}).with("Bearer one").do(h); w.Code != http.StatusOK {
			t.Errorf("afterwards: %d %s", w.Code, w.Body)
		}
	})
}

// One key's crowd delays another key's request by one turn.
func TestKeysTakeTurns(t *testing.T) {
	keys := ring(keyring.Config{Secrets: []string{"crowd", "other"}})
	h := site{queue: turns.New(1, 99), fake: &reranktest.Fake{Delay: time.Second}, web: web.Config{Keys: keys}}.start(t)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ask := func(key, query string) <-chan time.Duration {
			answered := make(chan time.Duration, 1)
			go func() {
				w := request{path: "/v1/rerank", body: `{"query":"` + query + `","documents":["a"]}`}.with("Bearer " + key).do(h)
				if w.Code != http.StatusOK {
					t.Errorf("%s %s: %d %s", key, query, w.Code, w.Body)
				}
				answered <- time.Since(start)
			}()
			synctest.Wait()
			return answered
		}
		var crowd []<-chan time.Duration
		for i := range 9 {
			crowd = append(crowd, ask("crowd", strings.Repeat("x", i+1)))
		}
		if took := <-ask("other", "y"); took != 3*time.Second {
			t.Errorf("the other's was answered after %v, want 3s: one was at work, one more was next", took)
		}
		for _, answered := range crowd {
			<-answered
		}
	})
}

// A client that goes away while it waits leaves the queue.
func TestHangingUpInTheQueue(t *testing.T) {
	queue := turns.New(1, 5)
	h := site{queue: queue}.start(t)
	synctest.Test(t, func(t *testing.T) {
		done, err := queue.Take(t.Context())
		check(t, err)
		ctx, hangUp := context.WithCancel(t.Context())
		ended := make(chan bool)
		go func() {
			r := request{path: "/v1/rerank", body: `{` + wine + `}`}.request().WithContext(ctx)
			h.ServeHTTP(httptest.NewRecorder(), r)
			close(ended)
		}()
		synctest.Wait()
		if _, waiting := queue.Load(); waiting != 1 {
			t.Errorf("%d wait, want 1", waiting)
		}
		hangUp()
		<-ended
		synctest.Wait()
		if _, waiting := queue.Load(); waiting != 0 {
			t.Errorf("%d wait, want none", waiting)
		}
		done()
	})
}

// The texts of all rerank requests together have a bound: what goes over it is told to come back, and can when there is
// room again. Usual requests still fit beside the largest.
func TestTextsOfAllRequestsAreBounded(t *testing.T) {
	h := site{fake: &reranktest.Fake{Delay: time.Second}, pipeline: pipeline.Config{CacheBytes: -1}}.start(t)
	large := func(n int) request {
		return request{path: "/rerank", body: fmt.Sprintf(`{"query":"q%d","documents":["%s"]}`, n, strings.Repeat(" ", 16<<20-100))}
	}
	synctest.Test(t, func(t *testing.T) {
		answers := make(chan int, 3)
		for n := range 3 {
			go func() { answers <- large(n).do(h).Code }()
		}
		synctest.Wait()
		fourth := make(chan int, 1)
		go func() { fourth <- large(3).do(h).Code }()
		synctest.Wait()
		fifth := large(4).do(h)
		if fifth.Code != http.StatusTooManyRequests || fifth.Header().Get("Retry-After") != "1" {
			t.Errorf("the fifth: %d, come back in %q s, %.300s", fifth.Code, fifth.Header().Get("Retry-After"), fifth.Body)
		}
		for range 3 {
			if status := <-answers; status != http.StatusOK {
				t.Errorf("one of the first: %d", status)
			}
		}
		if status := <-fourth; status != http.StatusOK {
			t.Errorf("the fourth: %d", status)
		}
		if status := large(5).do(h).Code; status != http.StatusOK {
			t.Errorf("afterwards: %d", status)
		}
	})
}
