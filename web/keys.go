package web

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/quern-search/quern/web/keyring"
	"github.com/quern-search/quern/web/turns"
)

// withKey guards a handler with the keys; without any it is open to all, whatever they send. It looks at the headers
// alone, so that a stranger's body is not read.
func (s *Server) withKey(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.cfg.Keys == nil {
			return next(c)
		}
		pass, err := s.admit(c)
		if err != nil {
			return err
		}
		defer pass.Done()
		ctx := turns.WithKey(c.Request().Context(), pass.Name())
		c.SetRequest(c.Request().WithContext(context.WithValue(ctx, passInContext{}, pass)))
		return next(c)
	}
}

// withSearchKey guards what people see, where Config.ProtectSearch asks for it.
func (s *Server) withSearchKey(next echo.HandlerFunc) echo.HandlerFunc {
	if s.cfg.ProtectSearch {
		return s.withKey(next)
	}
	return next
}

// admit returns the pass of a request that may go on, which it must give back.
func (s *Server) admit(c echo.Context) (*keyring.Pass, error) {
	secret, given := bearer(c.Request().Header.Get(echo.HeaderAuthorization))
	var pass *keyring.Pass
	err := errNoKey
	if given {
		pass, err = s.cfg.Keys.Admit(secret)
	}
	if errors.Is(err, keyring.ErrUnknown) {
		err = errWrongKey // which says in words of HTTP where to look
	}
	if problemOf(err, "").Status == http.StatusUnauthorized {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, "Bearer")
	}
	return pass, err
}

// bearer is the secret in an Authorization header. The scheme's case does not matter: RFC 9110, section 11.1.
func bearer(header string) (secret string, given bool) {
	scheme, secret, _ := strings.Cut(header, " ")
	secret = strings.TrimSpace(secret)
	return secret, strings.EqualFold(scheme, "Bearer") && secret != ""
}

// passInContext is under what a request has its *keyring.Pass.
type passInContext struct{}

// charge counts tokens that the model has read for the key with which a request came, if it needed one.
func charge(ctx context.Context, tokens int) {
	pass, _ := ctx.Value(passInContext{}).(*keyring.Pass)
	pass.Charge(tokens)
}

// setRetryAfter tells the client when to come back, in whole seconds, where err passes by itself.
func setRetryAfter(c echo.Context, err error) {
	var passing interface{ RetryAfter() time.Duration }
	if errors.As(err, &passing) {
		seconds := math.Ceil(passing.RetryAfter().Seconds())
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(seconds)))
	}
}
