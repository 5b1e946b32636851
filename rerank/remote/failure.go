package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// What servers say of pairs that are too long, in words since only llama-server has a type for it.
const (
	// tooLarge is llama-server's, with status 500, of a pair longer than its physical batch: old versions could not split it.
	tooLarge = "too large to process"
	// tooCrowded is llama-server's, with status 500, where its slots share one context and are all at work.
	tooCrowded = "Context size has been exceeded"
)

// tooLong is what is said, with status 400, of a pair longer than the context: first by llama-server, then by vLLM, which
// says it in one way or another by version.
func tooLong() []string {
	return []string{"exceeds the available context size", "model's context length", "maximum model length", "maximum context length"}
}

// A failure is a request that came to nothing.
type failure struct {
	err    error
	status string        // of the answer, with the server's words; empty: there was none
	again  bool          // another attempt may do better
	after  time.Duration // what the server asks to wait before that; 0: it does not say
	ours   bool          // the request's fault, or that of how this was set up: the server works
	denied bool          // it wants another key, or one at all, or cannot show who it is
	gone   bool          // the caller's context ended

	long    bool // a pair is longer than the server's context
	context int  // that context, in tokens; 0: it does not say
	crowded bool // pairs that fit one by one are too much together
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// final tells whether asking the same server for something else is of no use either.
func (f *failure) final() bool { return f.gone || f.denied || errors.Is(f.err, ErrUnreachable) }

func isUnreachable(err error) bool { return errors.Is(err, ErrUnreachable) }

// refused is the failure of an answer whose status is not 200.
func (w wire) refused(a *http.Response, u *url.URL, body []byte) error {
	f := &failure{after: retryAfter(a.Header), ours: a.StatusCode < 500}
	said := w.words(a.Header, body)
	status := fmt.Sprintf("status %d", a.StatusCode)
	if said != "" {
		status += ": " + said
	}
	f.status = status
	switch code := a.StatusCode; {
	case code >= 300 && code < 400:
		f.err = fmt.Errorf("it redirects %s to %s, which is not followed: give the URL that it is meant to be", u.Path, w.redact(target(a)))
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		f.denied = true
		f.err = fmt.Errorf("it refuses the key (%s): set the right one in %s", status, w.keyHint)
		if w.key == "" {
			f.err = fmt.Errorf("it wants a key (%s): set %s", status, w.keyHint)
		}
	case code == http.StatusNotFound, code == http.StatusMethodNotAllowed:
		f.err = fmt.Errorf("nothing answers %s %s (%s): give the whole URL of the endpoint, or the name of a model that it has", a.Request.Method, u.Path, status)
	case code == http.StatusRequestEntityTooLarge, code == http.StatusUnprocessableEntity:
		f.err = fmt.Errorf("it does not take the request (%s): a document may be too long for it, or too many sent at once (batch)", status)
	case code == http.StatusRequestTimeout, code == http.StatusTooManyRequests:
		f.again, f.ours, f.err = true, false, errors.New(status)
	case code == http.StatusNotImplemented: // asking again does not build it in
		f.err = fmt.Errorf("it cannot rerank (%s): start llama-server with --reranking", status)
	case code == http.StatusBadGateway, code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		f.again, f.err = true, fmt.Errorf("%w: %s", ErrUnreachable, status)
	case code == http.StatusBadRequest && containsAny(said, tooLong()):
		f.long, f.context = true, contextOf(body)
		f.err = fmt.Errorf("a document is too long for it (%s): start it with a larger context (llama-server: --ctx-size, vllm: --max-model-len)", status)
	case code == http.StatusInternalServerError && strings.Contains(said, tooCrowded):
		f.ours, f.again, f.crowded = true, true, true
		f.err = fmt.Errorf("its slots share a context that is too small for all of them (%s): start llama-server with a larger --ctx-size, or with -np 1", status)
	case strings.Contains(said, tooLarge): // a failure of llama-server that is the document's
		f.ours, f.err = true, fmt.Errorf("a document is too long for it (%s): start llama-server with a larger --ubatch-size", status)
	default:
		f.again, f.err = code >= 500, errors.New(status)
	}
	return f
}

func containsAny(text string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// contextOf is the length of the context in llama-server's refusal; 0: it is not there.
func contextOf(body []byte) int {
	var form struct {
		Error struct {
			Context int `json:"n_ctx"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &form) != nil {
		return 0
	}
	return max(form.Error.Context, 0)
}

// target is where a redirection points.
func target(a *http.Response) string {
	to, err := a.Location()
	if err != nil {
		return "nowhere"
	}
	return shown(to)
}

// words returns what a server says in an error, in whichever of the usual forms, without line breaks or the key.
func (w wire) words(h http.Header, body []byte) string {
	text := string(body)
	var form struct {
		Message json.RawMessage `json:"message"` // Cohere, DashScope, quern
		Error   json.RawMessage `json:"error"`   // TEI: a text; llama-server, vLLM, Infinity: {"message"}
		Detail  json.RawMessage `json:"detail"`  // Jina, Voyage: a text; FastAPI: [{"msg"}]
	}
	if isHTML(h, body) {
		text = "a web page; is this a rerank API?"
	} else if json.Unmarshal(body, &form) == nil {
		for _, part := range []json.RawMessage{form.Message, form.Error, form.Detail} {
			if said := phrase(part); said != "" {
				text = said
				break
			}
		}
	}
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\ufffd")), " ")
	text = w.redact(text) // before the cut, which could leave half a key
	if len(text) > quoted {
		text = strings.ToValidUTF8(text[:quoted], "") + "..."
	}
	return text
}

// phrase finds the text in one part of an error.
func phrase(part json.RawMessage) string {
	var text string
	var object struct {
		Message string `json:"message"`
	}
	var list []struct {
		Message string `json:"msg"`
	}
	switch {
	case json.Unmarshal(part, &text) == nil:
		return text
	case json.Unmarshal(part, &object) == nil && object.Message != "":
		return object.Message
	case json.Unmarshal(part, &list) == nil && len(list) > 0:
		return list[0].Message
	}
	return ""
}
