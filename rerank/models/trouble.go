package models

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// A failure is why an attempt did not bring what was asked for.
type failure struct {
	err       error
	again     bool          // another attempt may
	unreached bool          // nobody was there: another attempt may, if somebody has been there before
	after     time.Duration // how long the server asks to wait; 0: it does not
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// lost is the failure of a request or an answer that broke off.
func (c *client) lost(ctx context.Context, u *url.URL, err error) *failure {
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err // its URL may hold a secret
	}
	var dial *net.OpError
	var untrusted *tls.CertificateVerificationError
	switch {
	case context.Cause(ctx) == errStalled:
		return &failure{err: fmt.Errorf("%s: %w for %v", u.Host, errStalled, c.stall), again: true}
	case ctx.Err() != nil:
		return &failure{err: ctx.Err()}
	case errors.As(err, &untrusted):
		return &failure{err: fmt.Errorf("the certificate of %s is not trusted: %w", u.Host, err)}
	case errors.As(err, &dial) && dial.Op != "read" && dial.Op != "write":
		return &failure{err: fmt.Errorf("%s cannot be reached (%w): look at the network, and at HTTPS_PROXY where there is a proxy", u.Host, err), unreached: true}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return &failure{err: fmt.Errorf("the connection to %s broke", u.Host), again: true}
	}
	return &failure{err: fmt.Errorf("%s: %w", u.Host, err), again: true}
}

// quoted bounds how much of a server's own words an error repeats, in bytes.
const quoted = 200

// refused says what an answer means that has another status than asked for. It closes the answer.
func (c *client) refused(a *http.Response, src Source) *failure {
	defer a.Body.Close()
	from := a.Request.URL
	f := &failure{err: fmt.Errorf("%s answers with status %d%s", from.Host, a.StatusCode, words(a))}
	switch a.StatusCode {
	case http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		f.again, f.after = true, retryAfter(a.Header)
		return f
	}
	hint := hintElsewhere(a.StatusCode)
	if c.isHub(from) && src.Repo != "" {
		hint = c.hintHub(a, src)
	}
	if hint != "" {
		f.err = fmt.Errorf("%w: %s", f.err, hint)
	}
	return f
}

// words is what a server says of a refusal, in a header or a short text that is no page.
func words(a *http.Response) string {
	text := a.Header.Get("X-Error-Message")
	if text == "" && strings.HasPrefix(a.Header.Get("Content-Type"), "text/plain") {
		body, _ := io.ReadAll(io.LimitReader(a.Body, quoted)) // what can be read of it will do
		text = strings.ToValidUTF8(string(body), "")
	}
	text = strings.TrimRightFunc(strings.TrimSpace(text[:min(len(text), quoted)]), func(r rune) bool { return unicode.IsSpace(r) || r == '.' })
	if text == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", text)
}

// hintHub says what to do about a refusal of the hub, which tells in a header what it is about.
func (c *client) hintHub(a *http.Response, src Source) string {
	page := c.hub.JoinPath(src.Repo).String()
	switch code := a.Header.Get("X-Error-Code"); {
	case code == "GatedRepo" && c.token == "":
		return fmt.Sprintf("its owner wants people to agree to terms: do so at %s, and set HF_TOKEN to a token of your account", page)
	case code == "GatedRepo":
		return fmt.Sprintf("its owner wants people to agree to terms: do so at %s, with the account whose token HF_TOKEN is", page)
	case code == "RevisionNotFound":
		return fmt.Sprintf("%s has no branch, tag or commit %q: leave out @ and what follows for the newest", src.Repo, src.Revision)
	case code == "EntryNotFound", a.StatusCode == http.StatusNotFound && src.File != "" && code == "":
		return fmt.Sprintf("%s has no file %q", src.Repo, src.File)
	case c.token != "" && (a.StatusCode == http.StatusUnauthorized || a.StatusCode == http.StatusForbidden):
		return fmt.Sprintf("either there is no %s, or the token in HF_TOKEN does not let you read it", src.Repo)
	case code == "RepoNotFound", a.StatusCode == http.StatusUnauthorized, a.StatusCode == http.StatusForbidden, a.StatusCode == http.StatusNotFound:
		return fmt.Sprintf("either there is no %s, or it is private: look at the spelling, or set HF_TOKEN to a token that may read it", src.Repo)
	}
	return ""
}

// hintElsewhere says what to do about a refusal of any other server.
func hintElsewhere(status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return "it lets nobody in, or not with this address: fetch the file by other means, and give its path with --model"
	case http.StatusNotFound, http.StatusGone:
		return "the file is not there: look at the address"
	}
	return ""
}

// maxAfter is how long a server may ask to wait. Hugging Face counts requests over five minutes.
const maxAfter = 5 * time.Minute

// resets finds the seconds until a limit ends in a RateLimit header: "resolvers";r=0;t=120.
var resets = regexp.MustCompile(`;\s*t=(\d{1,9})`)

// retryAfter reads how long a server asks to wait. 0: it does not say.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if found := resets.FindStringSubmatch(h.Get("RateLimit")); found != nil && text == "" {
		text = found[1]
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(time.Until(date), 0)
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !(seconds > 0) {
		return 0
	}
	return time.Duration(min(seconds, 24*60*60) * float64(time.Second))
}
