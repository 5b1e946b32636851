package remote_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/remote"
)

// pipes is a listener in memory, so that time in these tests is synctest's.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

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

// inMemory returns a client of a server, a jina unless cfg says otherwise, that exists within a synctest bubble only.
func inMemory(t *testing.T, cfg remote.Config, handler http.HandlerFunc) *remote.Client {
	t.Helper()
	p := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler}
	go server.Serve(p)
	t.Cleanup(func() { server.Close() })
	cfg.URL, cfg.Model, cfg.Key, cfg.HTTP = "http://memory", "m", "sesame", p.client()
	cfg.Dialect = cmp.Or(cfg.Dialect, "jina")
	return open(t, cfg)
}

// A form is what most dialects ask.
type form struct {
	Query            string
	Documents, Texts []string
}

// formOf reads a request, and leaves it to be read again.
func formOf(t testing.TB, r *http.Request) (f form) {
	data, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	if err != nil {
		t.Errorf("a request that cannot be read: %v", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(data))
	return f
}

// documentsOf reads a request in a form that has documents or texts.
func documentsOf(t testing.TB, r *http.Request) []string {
	f := formOf(t, r)
	return append(f.Documents, f.Texts...)
}

// scoreAll answers a jina request: every document is as relevant as the next.
func scoreAll(t testing.TB) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"results":[`)
		for i := range documentsOf(t, r) {
			if i > 0 {
				io.WriteString(w, ",")
			}
			fmt.Fprintf(w, `{"index":%d,"relevance_score":0.5}`, i)
		}
		io.WriteString(w, `]}`)
	}
}

// documents is a task of n short documents.
func documents(n int) rerank.Task {
	t := rerank.Task{Query: "tea"}
	for i := range n {
		t.Documents = append(t.Documents, fmt.Sprintf("document %d", i))
	}
	return t
}

// inTurn gives each request the next handler; the last one stays.
func inTurn(handlers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	next := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := handlers[min(next, len(handlers)-1)]
		next++
		mu.Unlock()
		h(w, r)
	}
}

// hang never answers; it tells what ended the request.
func hang(ended chan<- error) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // or the server would not watch for the client's going
		<-r.Context().Done()
		ended <- r.Context().Err()
	}
}

// drop ends the connection in the middle of an answer.
func drop(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	io.WriteString(w, `{"results":[{"index":0,`)
	http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
