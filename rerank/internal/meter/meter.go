// Package meter measures, in benchmarks of clients, when their server has work: the share of a client's time in which no
// request is under way is what the client itself costs.
package meter

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"
)

// A Meter is a transport that looks at the POST requests that pass it. The zero value works; it is safe for concurrent
// use.
type Meter struct {
	mu       sync.Mutex
	inFlight int
	since    time.Time // when inFlight became more than 0
	now      Log
}

// A Log is what passed since the last one.
type Log struct {
	Busy      time.Duration // with at least one request under way
	Exchanges []Exchange    // in the order of the requests
}

// An Exchange is the bodies of a request and of its answer.
type Exchange struct{ Request, Answer []byte }

// Take returns the log, and begins another. Requests under way then are lost to both.
func (m *Meter) Take() Log {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.now
	m.now = Log{}
	return l
}

// RoundTrip implements [http.RoundTripper].
func (m *Meter) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost {
		return http.DefaultTransport.RoundTrip(r)
	}
	request, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(request))
	i := m.begin(request)
	var body []byte
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		body, err = io.ReadAll(answer.Body) // the request is over when its answer is there
		answer.Body.Close()
		answer.Body = io.NopCloser(bytes.NewReader(body))
	}
	m.end(i, body)
	return answer, err
}

func (m *Meter) begin(request []byte) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Exchanges = append(m.now.Exchanges, Exchange{Request: request})
	if m.inFlight++; m.inFlight == 1 {
		m.since = time.Now()
	}
	return len(m.now.Exchanges) - 1
}

func (m *Meter) end(i int, answer []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i < len(m.now.Exchanges) {
		m.now.Exchanges[i].Answer = answer
	}
	if m.inFlight--; m.inFlight == 0 {
		m.now.Busy += time.Since(m.since)
	}
}
