package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/quern-search/quern/web"
	"github.com/quern-search/quern/web/keyring"
)

// secrets are the keys of a server that has some.
var secrets = []string{"first-secret", "second-secret"}

func keys() *keyring.Ring { return ring(keyring.Config{Secrets: secrets}) }

func ring(cfg keyring.Config) *keyring.Ring {
	r, err := keyring.Open(cfg)
	if err != nil {
		panic(err)
	}
	return r
}

// with adds an Authorization header.
func (r request) with(authorization string) request {
	header := map[string]string{"Authorization": authorization}
	for name, value := range r.header {
		header[name] = value
	}
	r.header = header
	return r
}

// Who may ask for what, with keys and with the page protected too.
func TestKeysGuard(t *testing.T) {
	rerank := `{` + wine + `}`
	tests := []struct {
		request
		keys, protected int // the status without a key, where there are keys, and where the search is protected
	}{
		{request{path: "/"}, 200, 401},
		{request{path: "/?q=boil"}, 200, 401},
		{request{path: "/doc/eggs"}, 200, 401},
		{request{path: "/static/style.css"}, 200, 200},
		{request{path: "/api/search?q=boil"}, 401, 401},
		{request{path: "/api/search", body: `{"q":"boil"}`}, 401, 401},
		{request{path: "/v1/rerank", body: rerank}, 401, 401},
		{request{path: "/version"}, 401, 401},
		{request{path: "/healthz"}, 200, 200},
		{request{path: "/readyz"}, 200, 200},
	}
	open := site{}.start(t)
	keyed := site{web: web.Config{Keys: keys()}}.start(t)
	protected := site{web: web.Config{Keys: keys(), ProtectSearch: true}}.start(t)
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			for name, want := range map[string]struct {
				h      http.Handler
				status int
			}{"open": {open, 200}, "keys": {keyed, test.keys}, "protected": {protected, test.protected}} {
				if w := test.do(want.h); w.Code != want.status {
					t.Errorf("%s, no key: %d, want %d", name, w.Code, want.status)
				}
				for _, secret := range secrets {
					if w := test.with("Bearer " + secret).do(want.h); w.Code != http.StatusOK {
						t.Errorf("%s, with a key: %d", name, w.Code)
					}
				}
			}
		})
	}
}

// A refusal says what to send, in the form of every error, and nothing of it or of the log tells a key.
func TestKeysRefuse(t *testing.T) {
	const none = "this server asks for a key: send the header Authorization: Bearer KEY"
	const wrong = "this is no key of this server: look at what stands after Bearer in the header Authorization"
	var log logBook
	h := site{web: web.Config{Keys: keys(), Logger: log.logger()}}.start(t)
	for header, want := range map[string]string{
		"":                                  none,
		"Bearer":                            none,
		"Bearer ":                           none,
		"Basic first-secret":                none,
		"first-secret":                      none,
		"Bearer first-secre":                wrong,
		"Bearer first-secret2":              wrong,
		"Bearer first-secret,second-secret": wrong,
		"Bearer FIRST-SECRET":               wrong,
	} {
		w := request{path: "/v1/rerank", body: "not even JSON"}.with(header).do(h)
		wantProblem(t, w, http.StatusUnauthorized, want)
		if got := w.Header().Get("WWW-Authenticate"); got != "Bearer" {
			t.Errorf("%q: WWW-Authenticate %q", header, got)
		}
		if line := log.last(t); line["status"] != float64(http.StatusUnauthorized) {
			t.Errorf("%q: the log has %v", header, line)
		}
	}
	for _, header := range []string{"bearer first-secret", "Bearer  second-secret"} {
		if w := (request{path: "/version"}).with(header).do(h); w.Code != http.StatusOK {
			t.Errorf("%q: %d", header, w.Code)
		}
	}
	if strings.Contains(strings.ToLower(log.text()), "secre") {
		t.Errorf("the log tells a key:\n%s", log.text())
	}
}

// A person who is turned away reads why on a page.
func TestKeysRefusePeople(t *testing.T) {
	h := site{web: web.Config{Keys: keys(), ProtectSearch: true}}.start(t)
	w := request{path: "/?q=boil", header: map[string]string{"Accept": "text/html"}}.do(h)
	if body := w.Body.String(); w.Code != http.StatusUnauthorized || !strings.Contains(body, "<h1>Unauthorized</h1>") || strings.Contains(body, "egg") {
		t.Error(w.Code, body)
	}
}

func TestProtectSearchNeedsKeys(t *testing.T) {
	_, err := web.New(web.Config{Search: failing{}, Documents: broken{}, ProtectSearch: true})
	if err == nil || !strings.Contains(err.Error(), "Config.ProtectSearch without Config.Keys") {
		t.Error(err)
	}
}
