package remote_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// A request is one that a standIn got.
type request struct {
	Path, Key string
	Body      any // as package json reads it
}

// A standIn takes the place of a server: it answers GETs from pages, and POSTs by answer.
type standIn struct {
	*httptest.Server
	pages map[string]string // of JSON, by path

	mu  sync.Mutex
	got []request // the POSTs
}

// serve runs a stand-in that leaves POSTs to answer.
func serve(t testing.TB, pages map[string]string, answer http.HandlerFunc) *standIn {
	t.Helper()
	s := &standIn{pages: pages}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			s.note(t, r)
			answer(w, r)
			return
		}
		page, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, page)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *standIn) note(t testing.TB, r *http.Request) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	var body any
	if err := json.Unmarshal(data, &body); err != nil {
		t.Errorf("a request that is not JSON: %s", data)
	}
	if media := r.Header.Get("Content-Type"); media != "application/json" {
		t.Errorf("content type %q", media)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, request{r.URL.Path, r.Header.Get("Authorization"), body})
	r.Body = io.NopCloser(bytes.NewReader(data)) // for the handler to read again
}

// posts returns the POSTs so far.
func (s *standIn) posts() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.got...)
}

// say answers with a status and a body.
func say(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}
