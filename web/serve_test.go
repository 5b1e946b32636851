package web_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/web"
)

// pipes is a listener in memory, so that time in these tests is synctest's.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

func (p *pipes) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			select {
			case p.conns <- theirs:
				return ours, nil
			case <-p.closed:
				return nil, net.ErrClosed
			}
		},
	}}
}

// slow is a Searcher that takes its time, and notes whether it was ended early.
type slow struct {
	time  time.Duration
	ended chan error
}

func (s slow) Search(ctx context.Context, q pipeline.Query) (pipeline.Answer, error) {
	var err error
	select {
	case <-time.After(s.time):
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.ended <- err
	return pipeline.Answer{Query: q.Text, Hits: []pipeline.Hit{}}, err
}

// serving runs a server over a slow search within a synctest bubble. stop ends it and returns Serve's error.
func serving(t *testing.T, search slow) (client *http.Client, stop func() error) {
	t.Helper()
	server, err := web.New(web.Config{Search: search, Documents: broken{}})
	check(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	l := newPipes()
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, l) }()
	return l.client(), func() error { cancel(); return <-served }
}

func get(client *http.Client, url string) <-chan string {
	answer := make(chan string, 1)
	go func() {
		r, err := client.Get(url)
		if err != nil {
			answer <- "error: " + err.Error()
			return
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		answer <- r.Status + " " + string(body)
		if err != nil {
			answer <- "error: " + err.Error()
		}
	}()
	return answer
}

func TestServeFinishesWhatRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, stop := serving(t, slow{15 * time.Second, make(chan error, 1)})
		answer := get(client, "http://quern/api/search?q=a")
		synctest.Wait()
		if err := stop(); err != nil {
			t.Error(err)
		}
		if a := <-answer; !strings.HasPrefix(a, "200 OK") {
			t.Error(a)
		}
		if a := <-get(client, "http://quern/healthz"); !strings.HasPrefix(a, "error") {
			t.Error("after the end:", a)
		}
	})
}

func TestServeCutsOffWhatRunsTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		search := slow{time.Hour, make(chan error, 1)}
		client, stop := serving(t, search)
		answer := get(client, "http://quern/api/search?q=a")
		synctest.Wait()
		if err := stop(); err == nil || !strings.Contains(err.Error(), "still ran after 20s") {
			t.Error(err)
		}
		if err := <-search.ended; err != context.Canceled {
			t.Error("the search went on:", err)
		}
		if a := <-answer; !strings.HasPrefix(a, "error") {
			t.Error(a)
		}
	})
}

// The time that a client may take to send its request is not held against the work on it.
func TestServeLetsWorkTakeItsTime(t *testing.T) {
	const work = 9 * time.Minute
	for name, send := range map[string]func(*http.Client) (*http.Response, error){
		"GET": func(c *http.Client) (*http.Response, error) { return c.Get("http://quern/api/search?q=a") },
		"POST": func(c *http.Client) (*http.Response, error) {
			return c.Post("http://quern/api/search", "application/json", strings.NewReader(`{"q":"a"}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, stop := serving(t, slow{work, make(chan error, 1)})
				r, err := send(client)
				check(t, err)
				defer r.Body.Close()
				if r.StatusCode != http.StatusOK {
					t.Error(r.Status)
				}
				check(t, stop())
			})
		})
	}
}

// A client that hangs up ends the work on its request.
func TestHangingUpEndsTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		search := slow{time.Hour, make(chan error, 1)}
		client, stop := serving(t, search)
		ctx, hangUp := context.WithTimeout(t.Context(), time.Second)
		defer hangUp()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://quern/?q=a", nil)
		check(t, err)
		if _, err := client.Do(r); err == nil {
			t.Error("an answer came")
		}
		if err := <-search.ended; err != context.Canceled {
			t.Error(err)
		}
		check(t, stop())
	})
}

// A client that sends a drop of its body now and then is told that its time is over.
func TestServeDoesNotWaitForASlowBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, stop := serving(t, slow{})
		body, drip := io.Pipe()
		dripped := make(chan int, 1)
		go func() {
			n := 0
			for ; n < 1000; n++ {
				if _, err := drip.Write([]byte(" ")); err != nil {
					break
				}
				time.Sleep(time.Second)
			}
			dripped <- n
		}()
		answer, err := client.Post("http://quern/v1/rerank", "application/json", body)
		check(t, err)
		data, err := io.ReadAll(answer.Body)
		check(t, err)
		if answer.StatusCode != http.StatusRequestTimeout || !strings.Contains(string(data), `"code":"RequestTimeOut"`) {
			t.Errorf("%s %s", answer.Status, data)
		}
		body.Close()
		if n := <-dripped; n > 61 {
			t.Errorf("%d bytes were taken, one a second", n)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}
