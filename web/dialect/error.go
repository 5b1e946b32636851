package dialect

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// ErrInvalid is wrapped by the errors of requests that ask for what cannot be: the client's fault.
var ErrInvalid = errors.New("invalid rerank request")

// errEmpty is wrapped too where there is nothing to judge, which some services call by another status.
var errEmpty = errors.New("nothing to rerank")

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrInvalid, fmt.Errorf(format, args...))
}

func empty(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errEmpty, invalid(format, args...))
}

// thousands writes a count for people: 120,000.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// A Problem is an error as web tells it.
type Problem struct {
	Status    int
	Code      string // DashScope's, where it has one
	Message   string
	RequestID string
}

// A failure is the error body of every form at once: code, message and request_id for DashScope and Cohere, detail for
// Voyage, Jina and Xinference, error for OpenAI's clients, vLLM and llama.cpp. It has to serve all, since the key is
// checked before anybody knows which form the body has.
type failure struct {
	status    int
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"request_id"`
	Detail    string `json:"detail"`
	Error     any    `json:"error"`                // an errorObject, or the message alone
	ErrorType string `json:"error_type,omitempty"` // TEI's
}

type errorObject struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    int     `json:"code"`
}

// Fail gives a problem the form: a status, and a body for package json. The problem came of err. Where no form is known, that
// of the zero Form can be read by all.
func (f Form) Fail(p Problem, err error) (status int, body any) {
	b := failure{
		status: p.Status, Code: p.Code, Message: p.Message, RequestID: p.RequestID, Detail: p.Message,
		Error: errorObject{p.Message, errorType(p.Status), nil, p.Status},
	}
	if f.refuse != nil {
		b = f.refuse(b, err)
	}
	return b.status, b
}

// errorText is for the clients that take error for a text, and fail to read anything else.
func errorText(b failure, _ error) failure {
	b.Error = b.Message
	return b
}

// errorType is what OpenAI calls an error of a status.
func errorType(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "authentication_error"
	case status == http.StatusForbidden:
		return "permission_error"
	case status == http.StatusNotFound:
		return "not_found_error"
	case status == http.StatusTooManyRequests:
		return "rate_limit_error"
	case status < http.StatusInternalServerError:
		return "invalid_request_error"
	}
	return "server_error"
}
