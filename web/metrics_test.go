package web_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank/reranktest"
	"github.com/quern-search/quern/web"
)

// scrape returns the metrics of a server: the value of each by its name and labels.
func scrape(t *testing.T, h http.Handler) map[string]string {
	t.Helper()
	w := request{path: "/metrics", header: map[string]string{"Authorization": "Bearer " + secrets[0]}}.do(h)
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	values := map[string]string{}
	for lines := bufio.NewScanner(w.Body); lines.Scan(); {
		if name, value, ok := cutLast(lines.Text(), " "); ok && !strings.HasPrefix(name, "#") {
			values[name] = value
		}
	}
	return values
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// What a server has done can be read from its metrics.
func TestMetrics(t *testing.T) {
	h := site{web: web.Config{Version: "1.2.3", Load: func() (int, int) { return 2, 7 }}}.start(t)
	for _, r := range []request{
		{path: "/api/search?q=boil"},            // four documents, all judged
		{path: "/?q=boil"},                      // the same, known by now
		{path: "/api/search?q=boil&rerank=off"}, // no model
		{path: "/api/search"},
		{path: "/doc/eggs"},
		{path: "/doc/tea/green"},
		{path: "/nothing/of/the/kind"},
		{method: "BREW", path: "/healthz"},
		{path: "/v1/rerank", body: `{"query":"tea","documents":["green tea","eggs"]}`},
	} {
		r.do(h)
	}
	got := scrape(t, h)
	for name, want := range map[string]string{
		`quern_http_requests_total{method="GET",path="/api/search",status="200"}`:    "2",
		`quern_http_requests_total{method="GET",path="/api/search",status="400"}`:    "1",
		`quern_http_requests_total{method="GET",path="/doc/*",status="200"}`:         "2",
		`quern_model_tasks{state="working"}`:                                         "2",
		`quern_model_tasks{state="waiting"}`:                                         "7",
		`quern_http_requests_total{method="GET",path="none",status="404"}`:           "1",
		`quern_http_requests_total{method="other",path="/healthz",status="405"}`:     "1",
		`quern_http_requests_total{method="POST",path="/v1/rerank",status="200"}`:    "1",
		`quern_http_request_duration_seconds_count{method="GET",path="/api/search"}`: "3",
		`quern_http_requests_in_flight`:                                              "1", // this one
		`quern_searches_total{status="ok"}`:                                          "2",
		`quern_searches_total{status="off"}`:                                         "1",
		`quern_search_stage_duration_seconds_count{stage="retrieve"}`:                "3",
		`quern_search_stage_duration_seconds_count{stage="rerank"}`:                  "2",
		`quern_search_stage_duration_seconds_count{stage="total"}`:                   "3",
		`quern_rerank_duration_seconds_count`:                                        "1",
		`quern_rerank_documents_total{model="fake"}`:                                 "10",
		`quern_score_cache_hits_total`:                                               "4",
		`quern_index_documents`:                                                      "5",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %s", name, got[name], want)
		}
	}
	for _, name := range []string{"go_goroutines", "process_start_time_seconds", `quern_rerank_tokens_total{model="fake"}`} {
		if got[name] == "" || got[name] == "0" {
			t.Errorf("%s is %q", name, got[name])
		}
	}
	build := 0
	for name := range got {
		if strings.HasPrefix(name, `quern_build_info{goversion="go1.`) && strings.HasSuffix(name, `version="1.2.3"}`) {
			build++
		}
	}
	if build != 1 {
		t.Error("no quern_build_info")
	}
}

// Names, units and help texts are as Prometheus has them.
func TestMetricsFollowTheConventions(t *testing.T) {
	h := site{}.start(t)
	request{path: "/api/search?q=boil"}.do(h)
	problems, err := promlint.New(request{path: "/metrics"}.do(h).Body).Lint()
	check(t, err)
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// A model that fails is seen in the metrics, and an index that cannot be read leaves the others there.
func TestMetricsOfTrouble(t *testing.T) {
	got := scrape(t, func() http.Handler {
		h := site{fake: &reranktest.Fake{Trouble: reranktest.Fails}, pipeline: pipeline.Config{CacheBytes: -1}, web: web.Config{Documents: broken{}}}.start(t)
		request{path: "/api/search?q=boil"}.do(h)
		return h
	}())
	if got[`quern_searches_total{status="failed"}`] != "1" {
		t.Error(got)
	}
	if size, ok := got["quern_index_documents"]; ok {
		t.Errorf("an index that cannot be read has %s documents", size)
	}
}

// Two servers count for themselves, and only the bearers of a key may read it where there are keys.
func TestMetricsAreOneServersOwn(t *testing.T) {
	one, other := site{web: web.Config{Keys: keys()}}.start(t), site{}.start(t)
	request{path: "/api/search?q=boil"}.do(other)
	if got := scrape(t, one); got[`quern_searches_total{status="ok"}`] != "" {
		t.Error("a server counts what another did")
	}
	if w := (request{path: "/metrics"}).do(one); w.Code != http.StatusUnauthorized {
		t.Errorf("without a key: %d", w.Code)
	}
}
