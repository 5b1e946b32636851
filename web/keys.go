package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"github.com/labstack/echo/v4"
)

// A Key is what a server keeps of a secret that lets clients in: its SHA-256, so that no log and no dump of a Config
// holds the secret.
type Key [sha256.Size]byte

// HashKey makes the Key of a secret. A fast hash is enough, since a key is drawn at random, not made up by a person.
func HashKey(secret string) Key { return sha256.Sum256([]byte(secret)) }

// withKey guards a handler with the keys; without any it is open to all, whatever they send. It looks at the headers
// alone, so that a stranger's body is not read.
func (s *Server) withKey(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if len(s.cfg.Keys) == 0 {
			return next(c)
		}
		secret, given := bearer(c.Request().Header.Get(echo.HeaderAuthorization))
		if given && s.knows(HashKey(secret)) {
			return next(c)
		}
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, "Bearer")
		if given {
			return errWrongKey
		}
		return errNoKey
	}
}

// withSearchKey guards what people see, where Config.ProtectSearch asks for it.
func (s *Server) withSearchKey(next echo.HandlerFunc) echo.HandlerFunc {
	if s.cfg.ProtectSearch {
		return s.withKey(next)
	}
	return next
}

// bearer is the secret in an Authorization header. The scheme's case does not matter: RFC 9110, section 11.1.
func bearer(header string) (secret string, given bool) {
	scheme, secret, _ := strings.Cut(header, " ")
	secret = strings.TrimSpace(secret)
	return secret, strings.EqualFold(scheme, "Bearer") && secret != ""
}

// knows tells whether key is one of the server's. The time it takes depends on neither: every key is compared, whole.
func (s *Server) knows(key Key) bool {
	found := 0
	for _, k := range s.cfg.Keys {
		found |= subtle.ConstantTimeCompare(k[:], key[:])
	}
	return found == 1
}
