package web_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
	"github.com/quern-search/quern/web"
)

// A logBook keeps a log as JSON lines.
type logBook struct{ b bytes.Buffer }

func (l *logBook) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(&l.b, nil)) }
func (l *logBook) text() string         { return l.b.String() }

func (l *logBook) last(t *testing.T) map[string]any {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(l.b.String()), "\n")
	var line map[string]any
	check(t, json.Unmarshal([]byte(lines[len(lines)-1]), &line))
	return line
}

// One line a request, which does not tell what people look for.
func TestLog(t *testing.T) {
	var log logBook
	h := site{web: web.Config{Logger: log.logger()}}.start(t)
	for _, r := range []request{
		{path: "/api/search?q=secret"},
		{path: "/?q=secret&window=secret"},
		{path: "/api/search", body: `{"q":"secret","window":-1}`},
		{path: "/v1/rerank", body: `{"query":"secret","documents":["secret"]}`},
	} {
		before := strings.Count(log.text(), "\n")
		w := r.do(h)
		line := log.last(t)
		if n := strings.Count(log.text(), "\n") - before; n != 1 {
			t.Errorf("%s: %d lines", r.path, n)
		}
		if int(line["status"].(float64)) != w.Code || line["request_id"] != "test" || int(line["bytes"].(float64)) != w.Body.Len() {
			t.Errorf("%s: answer %d, %d bytes: line %v", r.path, w.Code, w.Body.Len(), line)
		}
	}
	if strings.Contains(log.text(), "secret") {
		t.Errorf("the log tells the query:\n%s", log.text())
	}
}

// The lines of the pipeline tell which request they belong to; each does so once.
func TestLogOfThePipeline(t *testing.T) {
	var log logBook
	logger := slog.New(web.LogHandler(log.logger().Handler()))
	h := site{web: web.Config{Logger: logger}, pipeline: pipeline.Config{Logger: logger}}.start(t)
	request{path: "/api/search?q=boil"}.do(h)
	request{path: "/v1/rerank", body: `{"query":"q","documents":["a"]}`}.do(h)
	logger.With("a", 1).WithGroup("b").Info("by itself")
	lines := strings.Split(strings.TrimSpace(log.text()), "\n")
	if len(lines) != 5 {
		t.Fatalf("%d lines:\n%s", len(lines), log.text())
	}
	for i, line := range lines {
		want := 1
		if i == 4 {
			want = 0
		}
		if n := strings.Count(line, `"request_id":"test"`); n != want {
			t.Errorf("%d request IDs, want %d: %s", n, want, line)
		}
	}
}

// Why a model failed is in the log, whatever the status that the client's form has for it.
func TestLogOfAFailure(t *testing.T) {
	for body, want := range map[string]int{`{"query":"q","documents":["a"]}`: 503, `{"query":"q","texts":["a"]}`: 424} {
		var log logBook
		h := site{fake: &reranktest.Fake{Trouble: reranktest.Fails}, web: web.Config{Logger: log.logger()}}.start(t)
		w := request{path: "/rerank", body: body}.do(h)
		line := log.last(t)
		if why, _ := line["error"].(string); w.Code != want || line["level"] != "ERROR" || !strings.Contains(why, "connection refused") {
			t.Errorf("%d: %v", w.Code, line)
		}
	}
}

func TestRequestID(t *testing.T) {
	h := site{}.start(t)
	for id, kept := range map[string]bool{
		"b042e72d-4f0a": true, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01": true,
		"": false, "two words": false, "<b>": false, strings.Repeat("a", 65): false,
	} {
		w := request{path: "/healthz", header: map[string]string{"X-Request-Id": id}}.do(h)
		got := w.Header().Get("X-Request-Id")
		if got == "" || kept != (got == id) {
			t.Errorf("%q became %q", id, got)
		}
	}
}

func TestHeaders(t *testing.T) {
	h := site{}.start(t)
	for _, path := range []string{"/", "/api/search?q=a", "/nothing", "/static/style.css"} {
		header := request{path: path}.do(h).Header()
		if p := header.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "unsafe") {
			t.Errorf("%s: policy %q", path, p)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") == "" {
			t.Errorf("%s: %v", path, header)
		}
	}
}

func TestCompression(t *testing.T) {
	h := site{}.start(t)
	for accept, want := range map[string]string{"gzip": "gzip", "identity": "", "": ""} {
		w := request{path: "/", header: map[string]string{"Accept-Encoding": accept}}.do(h)
		if got := w.Header().Get("Content-Encoding"); got != want || w.Code != http.StatusOK {
			t.Errorf("%q: %d, %q", accept, w.Code, got)
		}
	}
}

func TestOperations(t *testing.T) {
	tests := []struct {
		name string
		site site
		path string
	}{
		{"healthz", site{}, "/healthz"},
		{"readyz", site{}, "/readyz"},
		{"readyz unverified", site{web: web.Config{ModelNote: "unverified: it was not probed"}}, "/readyz"},
		{"readyz fallback", site{pipeline: pipeline.Config{Fallback: []rerank.Scorer{
			&reranktest.Fake{Card: rerank.Model{Name: "second"}}, &reranktest.Fake{Card: rerank.Model{Name: "third"}}}}}, "/readyz"},
		{"readyz without model", site{noModel: true}, "/readyz"},
		{"readyz not ready", site{web: web.Config{Documents: broken{}}}, "/readyz"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { golden(t, test.name, request{path: test.path}.do(test.site.start(t))) })
	}
	w := request{path: "/version"}.do(site{web: web.Config{Version: "1.2.3"}}.start(t))
	if !strings.Contains(w.Body.String(), `{"version":"1.2.3","go":"go1.`) {
		t.Error(w.Body)
	}
	if w := (request{method: "HEAD", path: "/healthz"}).do(site{}.start(t)); w.Code != http.StatusOK {
		t.Error("HEAD:", w.Code)
	}
}

func TestNewSaysWhatIsMissing(t *testing.T) {
	if _, err := web.New(web.Config{}); err == nil || !strings.Contains(err.Error(), "Config.Search and Config.Documents") {
		t.Error(err)
	}
}
