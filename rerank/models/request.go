package models

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// maxHops is how often a server may send a request on to another. Hugging Face does so once or twice.
	maxHops = 10
	// drained bounds what is read of an answer that is of no use, so that its connection can be used again.
	drained = 64 << 10
)

// A client makes single requests, and follows where they are sent.
type client struct {
	hub   *url.URL // where Hugging Face is
	token string   // for the hub's eyes only
	http  *http.Client
	stall time.Duration
}

func newClient(cfg Config) (*client, error) {
	hub, err := url.Parse(strings.TrimRight(cfg.Endpoint, "/"))
	if err == nil && (hub.Scheme != "http" && hub.Scheme != "https" || hub.Host == "" || hub.User != nil || hub.RawQuery != "") {
		err = errors.New("give a URL such as " + DefaultEndpoint)
	}
	if err != nil {
		return nil, fmt.Errorf("the endpoint of Hugging Face (HF_ENDPOINT) is %q: %w", cfg.Endpoint, err)
	}
	h := http.Client{}
	if cfg.HTTP != nil {
		h = *cfg.HTTP
	}
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client{hub: hub, token: cfg.Token, http: &h, stall: cfg.Stall}, nil
}

// isHub tells whether an address is Hugging Face's own, as opposed to where it sends requests on to.
func (c *client) isHub(u *url.URL) bool { return u.Scheme == c.hub.Scheme && u.Host == c.hub.Host }

// hubURL is an address at the hub; its parts are escaped.
func (c *client) hubURL(parts ...string) *url.URL {
	u := *c.hub
	for _, p := range parts {
		u.Path, u.RawPath = u.Path+"/"+p, u.EscapedPath()+"/"+url.PathEscape(p)
	}
	return &u
}

// stated is what the hub says of a file on the way to it.
type stated struct {
	size   int64 // -1: nothing
	sum    sum
	commit string
}

// get asks for u, and follows redirects by itself: the token must not go along to another host, nor a request from https
// to http. The caller closes the answer's body. An error is a *failure.
func (c *client) get(ctx context.Context, u *url.URL, header http.Header) (*http.Response, stated, error) {
	said := stated{size: -1}
	for range maxHops {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return nil, said, &failure{err: err}
		}
		r.Header = header.Clone()
		r.Header.Set("User-Agent", "quern")
		r.Header.Set("Accept-Encoding", "identity") // lengths and ranges are those of the file
		if c.token != "" && c.isHub(u) {
			r.Header.Set("Authorization", "Bearer "+c.token)
		}
		a, err := c.http.Do(r)
		if err != nil {
			return nil, said, c.lost(ctx, u, err)
		}
		if c.isHub(u) {
			said.learn(a.Header)
		}
		next, err := a.Location()
		if a.StatusCode/100 != 3 || err != nil {
			return a, said, nil
		}
		_, _ = io.CopyN(io.Discard, a.Body, drained)
		a.Body.Close()
		if next.Scheme != "https" && (next.Scheme != "http" || u.Scheme == "https") {
			return nil, said, &failure{err: fmt.Errorf("%s sends the request on to %s://%s, which anybody on the way could read and change: it is not followed", u.Host, next.Scheme, next.Host)}
		}
		u = next
	}
	return nil, said, &failure{err: fmt.Errorf("the request is sent on and on, at last by %s: is the address right?", u.Host)}
}

// learn takes what the headers of the hub state. Of a file in its large file storage, which it sends on to, that is in the
// headers of the link; the ETag is then its SHA-256, and git's name of the content for others.
func (s *stated) learn(h http.Header) {
	if commit := h.Get("X-Repo-Commit"); commit != "" && s.commit == "" {
		s.commit = commit
	}
	if size, err := strconv.ParseInt(h.Get("X-Linked-Size"), 10, 64); err == nil && s.size < 0 {
		s.size = size
	}
	for _, key := range []string{"X-Linked-Etag", "Etag"} {
		if s.sum == (sum{}) {
			s.sum = sumOf(strings.Trim(strings.TrimPrefix(h.Get(key), "W/"), `"`))
		}
	}
}

// A sum is a checksum that a file must have.
type sum struct {
	algorithm string // "sha256", or "git" for the name that git gives the content
	hex       string
}

// sumOf tells the two kinds of checksum that the hub uses by their lengths. What is neither is none.
func sumOf(text string) sum {
	text = strings.ToLower(text)
	switch {
	case isSHA256(text):
		return sum{"sha256", text}
	case len(text) == 40 && strings.Trim(text, "0123456789abcdef") == "":
		return sum{"git", text}
	}
	return sum{}
}

// errStalled is the cause with which an attempt ends in which nothing comes any more.
var errStalled = errors.New("nothing came any more")

// A watch ends an attempt in which nothing happens for some time.
type watch struct {
	timer *time.Timer
	after time.Duration
}

// watched is a context for an attempt, which ends with the cause errStalled unless alive is called again and again.
func (c *client) watched(ctx context.Context) (context.Context, *watch, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{after: c.stall, timer: time.AfterFunc(c.stall, func() { cancel(errStalled) })}
	return ctx, w, func() {
		w.timer.Stop()
		cancel(nil)
	}
}

func (w *watch) alive() { w.timer.Reset(w.after) }
