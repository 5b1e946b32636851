package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/web/dialect"
	"github.com/quern-search/quern/web/keyring"
	"github.com/quern-search/quern/web/turns"
)

// What a handler can find wrong by itself. The error around it says what, for the client to read.
var (
	errInvalid   = errors.New("invalid request")
	errTooLarge  = errors.New("request too large")
	errSlow      = errors.New("request too slow")
	errMediaType = errors.New("wrong content type")
	errNoModel   = errors.New("this server has no model, so it cannot rerank: start it with one (quern serve --model tiny)")
	errModel     = errors.New("the model failed")
	errNoSuch    = errors.New("no such model")
	errNoKey     = errors.New("this server asks for a key: send the header Authorization: Bearer KEY")
	errWrongKey  = errors.New("this is no key of this server: look at what stands after Bearer in the header Authorization")
)

// statusGone stands in the log for a client that hung up before its answer was ready; nobody receives it. The number
// is nginx's.
const statusGone = 499

// statuses is the one place where errors become statuses. The first row that matches holds; what matches none is a
// fault of this program: 500. The codes are DashScope's where it has one.
var statuses = []struct {
	err    error
	status int
	code   string
	public bool // whether the error's own text is for the client
}{
	{context.Canceled, statusGone, "RequestCanceled", false},
	{context.DeadlineExceeded, http.StatusGatewayTimeout, "RequestTimeOut", false},
	{errInvalid, http.StatusBadRequest, "InvalidParameter", true},
	{pipeline.ErrQuery, http.StatusBadRequest, "InvalidParameter", true},
	{dialect.ErrInvalid, http.StatusBadRequest, "InvalidParameter", true},
	{errSlow, http.StatusRequestTimeout, "RequestTimeOut", true},
	{errTooLarge, http.StatusRequestEntityTooLarge, "InvalidParameter", true},
	{errMediaType, http.StatusUnsupportedMediaType, "InvalidParameter", true},
	{errNoKey, http.StatusUnauthorized, "InvalidApiKey", true},
	{errWrongKey, http.StatusUnauthorized, "InvalidApiKey", true},
	{errNoSuch, http.StatusNotFound, "ModelNotFound", true},
	{keyring.ErrExpired, http.StatusUnauthorized, "InvalidApiKey", true},
	{keyring.ErrRevoked, http.StatusUnauthorized, "InvalidApiKey", true},
	{keyring.ErrRate, http.StatusTooManyRequests, "Throttling.RateQuota", true},
	{keyring.ErrTokens, http.StatusTooManyRequests, "Throttling.AllocationQuota", true},
	{turns.ErrBusy, http.StatusTooManyRequests, "Throttling", true},
	{index.ErrNotFound, http.StatusNotFound, "NotFound", false},
	{echo.ErrNotFound, http.StatusNotFound, "NotFound", false},
	{echo.ErrMethodNotAllowed, http.StatusMethodNotAllowed, "MethodNotAllowed", false},
	{errNoModel, http.StatusServiceUnavailable, "ModelUnavailable", true},
	{rerank.ErrBadScore, http.StatusInternalServerError, "InternalError", true},
	{errModel, http.StatusServiceUnavailable, "InternalError", true},
	{index.ErrClosed, http.StatusServiceUnavailable, "InternalError", false},
	{index.ErrFull, http.StatusInsufficientStorage, "InternalError", false},
}

// problemOf looks err up in the table: what it is as a client gets to see it.
func problemOf(err error, requestID string) dialect.Problem {
	for _, row := range statuses {
		if !errors.Is(err, row.err) {
			continue
		}
		p := dialect.Problem{Status: row.status, Code: row.code, Message: explain(row.status), RequestID: requestID}
		if row.public {
			p.Message = publicText(err, row.err)
		}
		return p
	}
	const status = http.StatusInternalServerError
	return dialect.Problem{Status: status, Code: "InternalError", Message: explain(status), RequestID: requestID}
}

// explain says what a status means where the error's own text is of no use to the client, or not its business.
func explain(status int) string {
	switch status {
	case statusGone:
		return "the client hung up"
	case http.StatusNotFound:
		return "there is nothing at this address"
	case http.StatusMethodNotAllowed:
		return "this address does not take that method: see the Allow header"
	case http.StatusGatewayTimeout:
		return "the work took longer than this server allows: send fewer or shorter documents"
	case http.StatusServiceUnavailable:
		return "the server is not ready: try again in a moment"
	case http.StatusInsufficientStorage:
		return "the server's disk is full: it must have room and be started again before it takes documents"
	}
	return "something went wrong inside the server: its log has the reason, beside this request ID"
}

// maxPublic bounds an error's text in bytes: it is for a person, while a backend may answer with a page of HTML.
const maxPublic = 400

// publicText is err on one line, without what stands in front of what it says: packages and the sentinel. A model's
// error stays whole, since there the names tell which model.
func publicText(err, sentinel error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if _, after, found := strings.Cut(text, sentinel.Error()+": "); found && !errors.Is(err, errModel) {
		text = after
	}
	if len(text) > maxPublic {
		text = strings.ToValidUTF8(text[:maxPublic], "") + "…"
	}
	return text
}

// invalid makes an error of status 400 of a message that names what to change.
func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errInvalid, fmt.Errorf(format, args...))
}

// formKey is where a rerank request has the form in which to answer it, errors included.
const formKey = "form"

// fail answers with err: in the form of a rerank request, as a page where a browser asked for one, else as JSON that every
// client can read: one that was told a wrong address looks for its own part of an error too. Echo calls it, at most once a
// request.
func (s *Server) fail(err error, c echo.Context) {
	p := problemOf(err, requestID(c))
	setRetryAfter(c, err)
	if c.Response().Committed || p.Status == statusGone {
		c.Response().Status = p.Status // for the log; there is nobody to tell, or it is too late
		return
	}
	form, ok := c.Get(formKey).(dialect.Form)
	if !ok && wantsPage(c.Request()) {
		err = s.render(c, p.Status, "message", messageView{s.frame(http.StatusText(p.Status)), p})
	} else {
		status, body := form.Fail(p, err)
		err = writeJSON(c, status, body)
	}
	if err != nil {
		s.cfg.Logger.ErrorContext(c.Request().Context(), "error page", "error", err)
	}
}

// wantsPage tells a person's browser from a program.
func wantsPage(r *http.Request) bool {
	for _, prefix := range []string{"/api/", "/v1/"} {
		if strings.HasPrefix(r.URL.Path, prefix) {
			return false
		}
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}
