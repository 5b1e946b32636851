package remote_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/remote"
)

func TestRetries(t *testing.T) {
	later := func(header, value string) http.HandlerFunc {
		return say(http.StatusTooManyRequests, `{"detail":"too many"}`, header, value)
	}
	date := func(w http.ResponseWriter, r *http.Request) {
		later("Retry-After", time.Now().Add(3*time.Second).UTC().Format(http.TimeFormat))(w, r)
	}
	broken := say(http.StatusInternalServerError, `{"detail":"out of memory"}`)
	const second = time.Second
	for _, test := range []struct {
		name     string
		answers  []http.HandlerFunc // and then scores
		deadline time.Duration      // 0: none
		retries  int
		from, to time.Duration // that it takes
		says     string        // of an error; empty: none
	}{
		{name: "none needed"},
		{name: "Retry-After in seconds", answers: []http.HandlerFunc{later("Retry-After", "3")}, from: 3 * second, to: 3 * second},
		{name: "Retry-After as a date", answers: []http.HandlerFunc{date}, from: 3 * second, to: 3 * second},
		{name: "Retry-After-Ms", answers: []http.HandlerFunc{later("Retry-After-Ms", "1500")}, from: 3 * second / 2, to: 3 * second / 2},
		{name: "Retry-After in the past", answers: []http.HandlerFunc{later("Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT")}, from: second / 8, to: 3 * second / 8},
		{name: "Retry-After of nonsense", answers: []http.HandlerFunc{later("Retry-After", "NaN")}, from: second / 8, to: 3 * second / 8},
		{name: "longer than the deadline", answers: []http.HandlerFunc{later("Retry-After", "30")}, deadline: 5 * second,
			says: "status 429: too many; it asks to wait 30s, longer than the 5s left"},
		{name: "longer than anybody waits", answers: []http.HandlerFunc{later("Retry-After", "1e300")},
			says: "it asks to wait 24h0m0s, longer than the 1m0s that are ever waited"},
		{name: "deadline before the next attempt", answers: []http.HandlerFunc{broken}, deadline: second / 10,
			says: "status 500: out of memory; the next attempt is due in"},
		{name: "500 twice", answers: []http.HandlerFunc{broken, broken}, from: 3 * second / 8, to: 9 * second / 8},
		{name: "500 thrice", answers: []http.HandlerFunc{broken, broken, broken}, from: 3 * second / 8, to: 9 * second / 8, says: "status 500: out of memory"},
		{name: "500 thrice, three retries", answers: []http.HandlerFunc{broken, broken, broken}, retries: 3, from: 7 * second / 8, to: 21 * second / 8},
		{name: "500, no retries", answers: []http.HandlerFunc{broken}, retries: -1, says: "status 500"},
		{name: "408", answers: []http.HandlerFunc{say(http.StatusRequestTimeout, "")}, from: second / 8, to: 3 * second / 8},
		{name: "dropped in mid-body", answers: []http.HandlerFunc{drop}, from: second / 8, to: 3 * second / 8},
		{name: "dropped for good", answers: []http.HandlerFunc{drop, drop, drop}, from: 3 * second / 8, to: 9 * second / 8, says: "unreachable: unexpected EOF"},
		{name: "400 is not tried again", answers: []http.HandlerFunc{say(http.StatusBadRequest, "no")}, says: "status 400: no"},
		{name: "500 for a long document", answers: []http.HandlerFunc{say(http.StatusInternalServerError,
			`{"error":{"code":500,"message":"input (900 tokens) is too large to process. increase the physical batch size","type":"server_error"}}`)},
			says: "a document is too long for it (status 500: input (900 tokens) is too large"},
		{name: "501 is not tried again", answers: []http.HandlerFunc{say(http.StatusNotImplemented, "no")}, says: "start llama-server with --reranking"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := inMemory(t, remote.Config{Retries: test.retries}, inTurn(append(test.answers, scoreAll(t))...))
				ctx := t.Context()
				if test.deadline > 0 {
					limited, cancel := context.WithTimeout(ctx, test.deadline)
					defer cancel()
					ctx = limited
				}
				start := time.Now()
				_, err := rerank.Rank(ctx, c, documents(2), 0)
				if took := time.Since(start); took < test.from || took > test.to {
					t.Errorf("it took %v, want %v to %v", took, test.from, test.to)
				}
				if test.says == "" {
					check(t, err)
				} else {
					mention(t, err, "http://memory/v1/rerank: ", test.says)
				}
			})
		})
	}
}

func TestTimeoutOfAnAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 9)
		c := inMemory(t, remote.Config{Timeout: 7 * time.Second}, hang(ended))
		start := time.Now()
		_, err := rerank.Rank(t.Context(), c, documents(2), 0)
		mention(t, err, "no answer within 7s")
		if !errors.Is(err, remote.ErrUnreachable) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v: want one that wraps ErrUnreachable, and is not taken for the caller's deadline", err)
		}
		if took := time.Since(start); took != 7*time.Second {
			t.Errorf("it took %v: a server that is too slow is not to be asked again", took)
		}
		<-ended
	})
}

func TestEndOfTheCallersContextEndsTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 9)
		c := inMemory(t, remote.Config{Batch: 1, Parallel: 3}, hang(ended))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := rerank.Rank(ctx, c, documents(5), 0)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		for range 3 {
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("the server's request ended with %v", err)
			}
		}
	})
}

func TestKeyStaysWithItsServer(t *testing.T) {
	var strangers atomic.Int32
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { strangers.Add(1) }))
	defer stranger.Close()
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		server := serve(t, nil, say(status, "", "Location", strings.Replace(stranger.URL, "127.0.0.1", "localhost", 1)+"/v1/rerank?sesame"))
		followed := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
		c := open(t, remote.Config{URL: server.URL, Dialect: "jina", Model: "m", Key: "sesame", HTTP: followed})
		_, err := rerank.Rank(t.Context(), c, documents(1), 0)
		mention(t, err, "it redirects /v1/rerank to http://localhost:", "give the URL")
		if strings.Contains(err.Error(), "sesame") {
			t.Error("the key stands in an error:", err)
		}
	}
	if n := strangers.Load(); n != 0 {
		t.Errorf("%d requests were redirected to a stranger", n)
	}
}

func TestKeyStandsInNoError(t *testing.T) {
	for name, status := range map[string]int{"refused": http.StatusBadRequest, "not an answer": http.StatusOK} {
		t.Run(name, func(t *testing.T) {
			before := ""
			echo := func(w http.ResponseWriter, r *http.Request) {
				say(status, `{"message":"`+before+`bad `+r.Header.Get("Authorization")+`"}`)(w, r)
			}
			server := serve(t, nil, echo)
			c := open(t, remote.Config{URL: server.URL + "?token=opensesame", Dialect: "jina", Model: "m", Key: "sesame"})
			for _, before = range []string{"", strings.Repeat(".", 285)} { // the second has the key where words are cut
				_, err := rerank.Rank(t.Context(), c, documents(1), 0)
				mention(t, err, before+"bad Bearer (key")
				if strings.Contains(err.Error(), "ses") {
					t.Error("the key, or a part of it, stands in an error:", err)
				}
			}
		})
	}
}
