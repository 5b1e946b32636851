package llamatest

import (
	"bytes"
	"regexp"
	"sync"
)

// A log keeps what a server prints, and finds out where it listens.
type log struct {
	mu      sync.Mutex
	text    bytes.Buffer
	from    int         // of text, what the present process has printed
	address chan string // gets the address once; nil: it has
}

// watch returns a channel for the address that is printed next.
func (l *log) watch() <-chan string {
	l.mu.Lock()
	defer l.mu.Unlock()
	address := make(chan string, 1)
	l.from, l.address = l.text.Len(), address
	return address
}

// Write implements io.Writer.
func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	if l.address != nil {
		if found := regexp.MustCompile(`listening on (http://\S+)\s`).FindSubmatch(l.text.Bytes()[l.from:]); found != nil {
			l.address <- string(found[1])
			l.address = nil
		}
	}
	return len(p), nil
}

// tail returns the last n bytes.
func (l *log) tail(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return tail(l.text.String(), n)
}
