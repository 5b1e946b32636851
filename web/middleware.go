package web

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// compressFrom is the size in bytes from which an answer is compressed: a smaller one fits a network packet anyway.
const compressFrom = 1400

// middleware is what every request goes through, the outermost first.
func (s *Server) middleware() []echo.MiddlewareFunc {
	all := []echo.MiddlewareFunc{identify, s.count.measure}
	if s.cfg.Tracer != nil {
		all = append(all, traced(s.cfg.Tracer))
	}
	all = append(all, s.log, secure)
	if len(s.cfg.CORSOrigins) > 0 {
		all = append(all, cors(s.cfg.CORSOrigins))
	}
	return append(all,
		compress,
		middleware.RecoverWithConfig(middleware.RecoverConfig{DisableErrorHandler: true, LogErrorFunc: s.logPanic}),
	)
}

// maxRequestID bounds an ID that a client gives: a UUID has 36 characters, a trace context 55.
const maxRequestID = 64

// identify gives the request an ID: the client's X-Request-Id if it is one, so that it finds its request in the log,
// else a new one. The answer carries it in the same header.
func identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		if !isID(id) {
			id = rand.Text()
		}
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), requestIDInContext{}, id)))
		return next(c)
	}
}

func isID(id string) bool {
	odd := func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.:", r))
	}
	return id != "" && len(id) <= maxRequestID && !strings.ContainsFunc(id, odd)
}

func requestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// errorKey is where a handler that shows its error itself leaves it for the log.
const errorKey = "error"

// log writes one line a request, without its query string: what people look for is theirs.
func (s *Server) log(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		err := next(c)
		if err != nil {
			c.Error(err) // now, since the line tells the status
		} else {
			err, _ = c.Get(errorKey).(error)
		}
		r, w := c.Request(), c.Response()
		attrs := []any{"method", r.Method, "path", r.URL.Path, "status", w.Status, "bytes", w.Size,
			"took_ms", float64(time.Since(start).Microseconds()) / 1000, "client", c.RealIP()}
		level := slog.LevelInfo
		if err != nil && max(w.Status, problemOf(err, "").Status) >= 500 { // some forms of the rerank API have lower ones
			level = slog.LevelError
			attrs = append(attrs, "error", err.Error())
		}
		s.cfg.Logger.Log(r.Context(), level, "request", attrs...)
		return nil
	}
}

// logPanic keeps the stack of a handler that panicked; the error goes on to the client as a 500.
func (s *Server) logPanic(c echo.Context, err error, stack []byte) error {
	s.cfg.Logger.ErrorContext(c.Request().Context(), "panic", "error", err, "stack", string(stack))
	return err
}

// compress sends an answer compressed to clients that take it so. Echo's own would give every request the 800 kB of a
// compressor for as long as it runs, most of which it may wait for the model; this one takes it when there is an answer.
func compress(next echo.HandlerFunc) echo.HandlerFunc {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(compressFrom), gzhttp.EnableZstd(false))
	return func(c echo.Context) error {
		if err != nil { // of the setting above, which never changes
			return err
		}
		w, failed := c.Response(), error(nil)
		plain := w.Writer
		wrap(http.HandlerFunc(func(compressing http.ResponseWriter, _ *http.Request) {
			w.Writer = compressing
			failed = next(c)
		})).ServeHTTP(plain, c.Request())
		w.Writer = plain // for the error, if it is one
		return failed
	}
}

// policy lets the page load its own style sheet and images and send its own form, and nothing else: whatever a
// document holds, no script runs and no other server hears of it.
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func secure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin") // the address holds the query
		return next(c)
	}
}
