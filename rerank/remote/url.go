package remote

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// parseURL reads the URL of a server or an endpoint.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	var bad *url.Error
	if errors.As(err, &bad) {
		err = bad.Err // without the text, which may hold a password
	}
	if err != nil {
		return nil, fmt.Errorf("the server's URL cannot be read: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%q is no server's URL: give one like http://127.0.0.1:8080", u.Redacted())
	}
	return u, nil
}

// shown is u as people get to see it: without what may be secret.
func shown(u *url.URL) string { return u.Scheme + "://" + u.Host + u.Path }

// isEndpoint tells whether u is the whole URL of an endpoint, not of a server.
func isEndpoint(u *url.URL) bool {
	return slices.Contains([]string{"rerank", "reranks", "reranking", "text-rerank"}, path.Base(u.Path))
}

// endpoint returns where a dialect is spoken at u. A base URL that has the first part of p already, as the settings of
// many clients want it ("http://host/v1"), gets the rest.
func endpoint(u *url.URL, p string) *url.URL {
	if isEndpoint(u) {
		return u
	}
	base := strings.TrimRight(u.Path, "/")
	for cut := path.Dir(p); cut != "/"; cut = path.Dir(cut) {
		if strings.HasSuffix(base, cut) {
			base = strings.TrimSuffix(base, cut)
			break
		}
	}
	return at(u, base+p)
}

// root returns where the server at u has its other pages, such as /info: u without an endpoint and without a version.
func root(u *url.URL) *url.URL {
	base := strings.TrimRight(u.Path, "/")
	if isEndpoint(u) {
		base = path.Dir(base)
	}
	base = strings.TrimSuffix(strings.TrimSuffix(base, "/v1"), "/v2")
	return at(u, strings.TrimRight(base, "/"))
}

// at returns u with another path.
func at(u *url.URL, p string) *url.URL {
	moved := *u
	moved.Path, moved.RawPath = p, ""
	return &moved
}
