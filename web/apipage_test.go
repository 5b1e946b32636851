package web_test

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// The API page has every operation and every schema, each under an address of its own, and needs no script to be read.
func TestAPIPage(t *testing.T) {
	w := request{path: "/api"}.do(site{}.start(t))
	if w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	root, err := html.Parse(w.Body)
	check(t, err)
	ids, links, hidden := map[string]bool{}, map[string]bool{}, 0
	var operations []string
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			switch {
			case a.Key == "id" && ids[a.Val]:
				t.Errorf("two elements have the id %q", a.Val)
			case a.Key == "id":
				ids[a.Val] = true
			case a.Key == "href" && strings.HasPrefix(a.Val, "#"):
				links[a.Val[1:]] = true
			case a.Key == "hidden":
				hidden++
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("<%s %s>: the policy forbids it", n.Data, a.Key)
			}
		}
		if n.Data == "form" && attr(n, "data-path") != "" {
			operations = append(operations, attr(n, "data-method")+" "+attr(n, "data-path"))
		}
	}
	if want := describe(t).operations(); len(operations) != len(want) || hidden != len(want)+1 {
		t.Errorf("%d operations and %d hidden forms, want %d and one more: %q", len(operations), hidden, len(want), operations)
	}
	for id := range links {
		if !ids[id] {
			t.Errorf("a link leads to #%s, which is not there", id)
		}
	}
	if len(links) < 20 || !ids["schema-Problem"] {
		t.Errorf("%d links to schemas: %v", len(links), links)
	}
}

// Only the API page may run the server's own script; no page may run another.
func TestScriptsRunOnTheAPIPageAlone(t *testing.T) {
	h := site{}.start(t)
	for path, want := range map[string]bool{"/": false, "/doc/eggs": false, "/api": true, "/api/search?q=a": false} {
		policy := request{path: path}.do(h).Header().Get("Content-Security-Policy")
		if got := strings.Contains(policy, "script-src 'self'"); got != want || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %s", path, policy)
		}
	}
	w := request{path: "/static/api.js"}.do(h)
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/javascript") {
		t.Error(w.Code, w.Header())
	}
}
