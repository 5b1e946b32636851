package web_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/quern-search/quern/web"
)

// X-Forwarded-For is believed from trusted proxies alone, and of it only what those have written.
func TestClientBehindProxies(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	for _, test := range []struct {
		name      string
		trusted   []netip.Prefix
		peer      string
		forwarded string
		want      string
	}{
		{"nobody is trusted", nil, "10.0.0.1:1000", "192.0.2.1", "10.0.0.1"},
		{"no proxy", trusted, "198.51.100.7:1000", "", "198.51.100.7"},
		{"a stranger claims to be one", trusted, "198.51.100.7:1000", "192.0.2.1", "198.51.100.7"},
		{"loopback is trusted only if named", trusted, "127.0.0.1:1000", "192.0.2.1", "127.0.0.1"},
		{"a proxy", trusted, "10.0.0.1:1000", "192.0.2.1", "192.0.2.1"},
		{"a proxy by IPv6", trusted, "[2001:db8::1]:1000", "192.0.2.1", "192.0.2.1"},
		{"two proxies", trusted, "10.0.0.1:1000", "192.0.2.1, 10.0.0.2", "192.0.2.1"},
		{"a client that claims to be another", trusted, "10.0.0.1:1000", "203.0.113.9, 192.0.2.1", "192.0.2.1"},
		{"rubbish", trusted, "10.0.0.1:1000", "<script>", "10.0.0.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log logBook
			h := site{web: web.Config{Logger: log.logger(), TrustedProxies: test.trusted}}.start(t)
			r := request{path: "/healthz", header: map[string]string{
				"X-Forwarded-For": test.forwarded, "X-Real-Ip": "203.0.113.66", "Forwarded": "for=203.0.113.66", "X-Forwarded-Proto": "gopher"}}.request()
			r.RemoteAddr = test.peer
			serve(h, r)
			if got := log.last(t)["client"]; got != test.want {
				t.Errorf("client %v, want %s", got, test.want)
			}
		})
	}
}

// A browser lets a page read what another server answers only if that allows it, and asks first.
func TestCORS(t *testing.T) {
	const shop = "https://shop.example.com"
	for _, test := range []struct {
		name    string
		origins []string
		origin  string
		want    string // Access-Control-Allow-Origin
	}{
		{"off", nil, shop, ""},
		{"allowed", []string{"http://localhost:3000", shop}, shop, shop},
		{"not allowed", []string{shop}, "https://shop.example.com.evil.example", ""},
		{"another port", []string{shop}, shop + ":8443", ""},
		{"all", []string{"*"}, "null", "*"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := site{web: web.Config{CORSOrigins: test.origins, Keys: keys()}}.start(t)
			asks := request{method: http.MethodOptions, path: "/v1/rerank", header: map[string]string{
				"Origin": test.origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, content-type"}}.do(h)
			calls := request{path: "/v1/rerank", body: `{}`, header: map[string]string{"Origin": test.origin}}.do(h)
			for _, w := range []http.Header{asks.Header(), calls.Header()} {
				if got := w.Get("Access-Control-Allow-Origin"); got != test.want || w.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("allows %q, want %q: %v", got, test.want, w)
				}
			}
			if asks.Code != http.StatusNoContent || calls.Code != http.StatusUnauthorized {
				t.Errorf("status %d and %d", asks.Code, calls.Code)
			}
			if test.want == "" {
				return
			}
			allowed := asks.Header().Get("Access-Control-Allow-Methods") + " " + asks.Header().Get("Access-Control-Allow-Headers")
			if !strings.Contains(allowed, "POST") || !strings.Contains(allowed, "authorization") {
				t.Errorf("allowed %q", allowed)
			}
			const want = "X-Request-Id," + web.HeaderModel + "," + web.HeaderTruncated + ",Retry-After"
			if exposed := calls.Header().Get("Access-Control-Expose-Headers"); exposed != want {
				t.Errorf("exposed %q, want %q", exposed, want)
			}
		})
	}
}

func TestCheckOrigin(t *testing.T) {
	for origin, ok := range map[string]bool{
		"*": true, "https://shop.example.com": true, "http://localhost:3000": true, "http://[::1]:80": true,
		"": false, "shop.example.com": false, "https://shop.example.com/": false, "https://*.example.com": false,
		"ftp://example.com": false, "https://user@example.com": false, "null": false,
	} {
		if err := web.CheckOrigin(origin); (err == nil) != ok {
			t.Errorf("%q: %v", origin, err)
		}
	}
	server := web.Config{Search: slow{}, Documents: broken{}, CORSOrigins: []string{"shop"}}
	if _, err := web.New(server); err == nil || !strings.Contains(err.Error(), `"shop" is no origin`) {
		t.Error(err)
	}
}
