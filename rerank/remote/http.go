package remote

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// maxAnswer bounds what is read of an answer: vLLM repeats every document, so it is what a large request holds.
	maxAnswer = 64 << 20
	// dialTimeout bounds how long a host may take to accept a connection.
	dialTimeout = 10 * time.Second
	// maxIdle is how many connections are kept open to a server.
	maxIdle = 16
	// quoted bounds how much of a server's own words an error repeats, in bytes.
	quoted = 300
)

// errSlow is the cause with which an attempt ends that takes longer than Config.Timeout.
var errSlow = errors.New("the attempt took too long")

// A wire makes single attempts at requests, with the key on them.
type wire struct {
	http    *http.Client
	key     string
	keyHint string // where the key is looked for
	timeout time.Duration
}

func newWire(cfg Config) wire {
	client := http.Client{}
	if cfg.HTTP != nil {
		client = *cfg.HTTP
	} else if base, ok := http.DefaultTransport.(*http.Transport); ok {
		transport := base.Clone()
		transport.DialContext = (&net.Dialer{Timeout: dialTimeout}).DialContext
		transport.MaxIdleConnsPerHost = maxIdle
		client.Transport = transport
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	hint := cmp.Or(cfg.KeyHint, strings.Join(KeyVariables(cfg.URL, cfg.Dialect), " or "))
	return wire{http: &client, key: cfg.Key, keyHint: hint, timeout: cfg.Timeout}
}

// A response is an answer of status 200.
type response struct {
	header http.Header
	body   []byte
}

// send makes one attempt at a request; body, if any, is JSON. Its errors are *failure.
func (w wire) send(ctx context.Context, method string, u *url.URL, body []byte) (response, error) {
	attempt, cancel := context.WithTimeoutCause(ctx, w.timeout, errSlow)
	defer cancel()
	r, err := http.NewRequestWithContext(attempt, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return response{}, &failure{err: err, ours: true}
	}
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if w.key != "" {
		r.Header.Set("Authorization", "Bearer "+w.key)
	}
	a, err := w.http.Do(r)
	if err != nil {
		return response{}, w.lost(ctx, attempt, err)
	}
	defer a.Body.Close()
	data, err := io.ReadAll(io.LimitReader(a.Body, maxAnswer+1))
	switch {
	case a.StatusCode != http.StatusOK: // whatever could be read of it will do
		return response{}, w.refused(a, u, data)
	case err != nil:
		return response{}, w.lost(ctx, attempt, err)
	case len(data) > maxAnswer:
		return response{}, &failure{err: fmt.Errorf("the answer has more than %d bytes: send fewer documents at once (batch)", maxAnswer)}
	}
	return response{a.Header, data}, nil
}

// lost is the failure of an attempt that got no whole answer.
func (w wire) lost(ctx, attempt context.Context, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // the URL stands in front of every message already, and this one's query may hold a secret
	}
	switch {
	case ctx.Err() != nil:
		return &failure{err: ctx.Err(), gone: true}
	case context.Cause(attempt) == errSlow: // asking a slow server again makes it slower
		return &failure{err: fmt.Errorf("%w: no answer within %v", ErrUnreachable, w.timeout)}
	}
	text := w.redact(err.Error())
	if untrusted := (*tls.CertificateVerificationError)(nil); errors.As(err, &untrusted) {
		return &failure{err: fmt.Errorf("its certificate is not trusted: %s", text), denied: true}
	}
	return &failure{err: fmt.Errorf("%w: %s", ErrUnreachable, text), again: true}
}

// get reads a server's page of JSON into v. An error is a *failure.
func (w wire) get(ctx context.Context, root *url.URL, path string, v any) error {
	r, err := w.send(ctx, http.MethodGet, at(root, root.Path+path), nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(r.body, v); err != nil {
		return &failure{err: fmt.Errorf("GET %s: %w", path, notJSON(r, err)), ours: true}
	}
	return nil
}

// notJSON says what is wrong with a body that json refused with err.
func notJSON(r response, err error) error {
	body := bytes.TrimSpace(r.body)
	switch {
	case isHTML(r.header, body):
		return errors.New("it answers with a web page, not JSON: is this a rerank API?")
	case len(body) == 0:
		return errors.New("the answer is empty")
	case bytes.Contains(body, []byte("NaN")):
		return errors.New("the answer is not JSON, for it holds NaN: the model failed there")
	}
	return fmt.Errorf("the answer is not what was expected: %w", err)
}

func isHTML(h http.Header, body []byte) bool {
	return strings.HasPrefix(h.Get("Content-Type"), "text/html") || bytes.HasPrefix(body, []byte("<"))
}

// redact takes the key out of a text.
func (w wire) redact(text string) string {
	if w.key == "" {
		return text
	}
	return strings.ReplaceAll(text, w.key, "(key)")
}

// retryAfter reads how long a server asks to wait: milliseconds, seconds or a date. 0: it does not say.
func retryAfter(h http.Header) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil {
		return atMostADay(ms / 1000)
	}
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return atMostADay(seconds)
	}
	if date, err := http.ParseTime(text); err == nil {
		return atMostADay(time.Until(date).Seconds())
	}
	return 0
}

// atMostADay keeps what no Duration can hold out of one; NaN and what has passed are 0.
func atMostADay(seconds float64) time.Duration {
	if !(seconds > 0) {
		return 0
	}
	return time.Duration(min(seconds, 24*60*60) * float64(time.Second))
}
