package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/retrieve/query"
	"github.com/quern-search/quern/web"
)

// The answers of the search API, each as a client sees it.
func TestSearchAPI(t *testing.T) {
	tests := []struct {
		name string
		site site
		request
	}{
		{"search reranked", site{}, request{path: "/api/search?q=boil+eggs"}},
		{"search without model", site{noModel: true}, request{path: "/api/search?q=boil+eggs"}},
		{"search asked for none", site{}, request{path: "/api/search?q=boil&rerank=off&top_n=1"}},
		{"search partial", site{fake: &reranktest.Fake{Trouble: reranktest.Fails, After: 1}}, request{path: "/api/search?q=boil"}},
		{"search fallback", site{fake: &reranktest.Fake{Trouble: reranktest.Fails}, pipeline: pipeline.Config{Fallback: []rerank.Scorer{
			&reranktest.Fake{Card: rerank.Model{Name: "second", Blend: 0.5}}}}}, request{path: "/api/search?q=boil&top_n=1"}},
		{"search failed", site{fake: &reranktest.Fake{Trouble: reranktest.Panics}}, request{path: "/api/search?q=boil&top_n=2"}},
		{"search nothing", site{}, request{path: "/api/search?q=xylophone"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { golden(t, test.name, test.do(test.site.start(t))) })
	}
}

// asked is a Searcher that keeps the query.
type asked struct{ query pipeline.Query }

func (a *asked) Search(_ context.Context, q pipeline.Query) (pipeline.Answer, error) {
	a.query = q
	return pipeline.Answer{Query: q.Text, Hits: []pipeline.Hit{}, Rerank: pipeline.Rerank{Status: pipeline.Off}}, nil
}

// A query says the same as parameters, as JSON, and in the page's form.
func TestSearchAPIReadsEveryForm(t *testing.T) {
	const parameters = "q=caf%C3%A9+%26+tea&window=20&top_n=5&instruct=find+recipes&min_score=0.25&blend=.5&deadline_ms=1500&rerank=off" +
		"&filter=topic%3Abilling%7Crefunds&filter=price%3A..20&filter=&facet=topic&facet_size=5&sort=-updated&offset=10&highlights=3&utm_source=mail&page="
	want := pipeline.Query{
		Text: "café & tea", Window: 20, TopN: 5, Instruct: "find recipes", MinScore: .25, Blend: .5,
		Deadline: 1500 * time.Millisecond, Off: true,
		Filters: []query.Filter{{Field: "topic", Values: []string{"billing", "refunds"}}, {Field: "price", Max: &query.Bound{Value: "20"}}},
		Facets:  []retrieve.Facet{{Field: "topic", Size: 5}}, Sort: query.Sort{Field: "updated", Descending: true}, Offset: 10, Highlights: 3,
	}
	forms := map[string]request{
		"GET": {path: "/api/search?" + parameters},
		"POST": {path: "/api/search", body: `{"q":"café & tea","window":20.0,"top_n":5,"instruct":"find recipes",
			"min_score":0.25,"blend":0.5,"deadline_ms":1.5e3,"rerank":"off",
			"filter":["topic:billing|refunds","price:..20"],"facet":["topic"],"facet_size":5,"sort":"-updated","offset":10,"highlights":3,"utm_source":{"a":["mail"]},"page":null}`},
		"page": {path: "/?" + parameters},
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			var a asked
			w := form.do(site{web: web.Config{Search: &a}}.start(t))
			if w.Code != http.StatusOK {
				t.Fatal(w.Code, w.Body)
			}
			if diff := cmp.Diff(want, a.query); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever is wrong with a request, the answer is JSON with code, message and request ID, and names what to change.
func TestSearchAPIErrors(t *testing.T) {
	long := strings.Repeat("é", 131_073)
	tests := []struct {
		name string
		request
		status  int
		message string
	}{
		{"no q", request{path: "/api/search"}, 400, "q is empty: say what to search for, or give a filter to see all that it lets through"},
		{"blank q", request{path: "/api/search?q=+%0A"}, 400, "q is empty: say what to search for, or give a filter to see all that it lets through"},
		{"window", request{path: "/api/search?q=a&window=ten"}, 400, `window is "ten": give a whole number`},
		{"window below", request{path: "/api/search?q=a&window=-1"}, 400, "window is -1: give 1 to 10000, or 0 for the default"},
		{"window above", request{path: "/api/search?q=a&window=1000000000"}, 400, "window is 1000000000: give 1 to 10000, or 0 for the default"},
		{"window no int", request{path: "/api/search?q=a&window=99999999999999999999"}, 400, `window is "99999999999999999999": give a whole number`},
		{"top_n", request{path: "/api/search?q=a&top_n=1.5"}, 400, `top_n is "1.5": give a whole number`},
		{"min_score", request{path: "/api/search?q=a&min_score=2"}, 400, "min_score is 2: give a relevance in 0..1"},
		{"min_score nan", request{path: "/api/search?q=a&min_score=NaN"}, 400, "min_score is NaN: give a relevance in 0..1"},
		{"blend", request{path: "/api/search?q=a&blend=half"}, 400, `blend is "half": give a number in 0..1`},
		{"deadline", request{path: "/api/search?q=a&deadline_ms=-5"}, 400, "deadline_ms is -5: give 1 to 600000, or 0 for the default"},
		{"deadline above", request{path: "/api/search?q=a&deadline_ms=9223372036854775807"}, 400, "deadline_ms is 9223372036854775807: give 1 to 600000, or 0 for the default"},
		{"rerank", request{path: "/api/search?q=a&rerank=maybe"}, 400, `rerank is "maybe": give on or off`},
		{"filter", request{path: "/api/search?q=a&filter=subject"}, 400, `filter "subject": no field: write field:value, as in topic:billing`},
		{"filter range", request{path: "/api/search", body: `{"q":"a","filter":["price:9..1"]}`}, 400, `filter "price:9..1": the range ends before it begins: write 1..9`},
		{"filters", request{path: "/api/search?q=a" + strings.Repeat("&filter=a:b", 33)}, 400, "filter is given 33 times: give it at most 32 times"},
		{"facets", request{path: "/api/search?q=a" + strings.Repeat("&facet=a", 17)}, 400, "facet is given 17 times: give it at most 16 times"},
		{"facet size", request{path: "/api/search?q=a&facet_size=-1"}, 400, "facet_size is -1: give 1 to 1000, or 0 for the default"},
		{"highlights", request{path: "/api/search?q=a&highlights=21"}, 400, "highlights is 21: give 1 to 20, or 0 for none"},
		{"sort", request{path: "/api/search?q=a&sort=-"}, 400, `sort "-": no field after the minus: write -updated for the latest first`},
		{"offset", request{path: "/api/search?q=a&offset=-1"}, 400, "offset is -1: give one from 0, with top_n at most 10000"},
		{"offset and top_n", request{path: "/api/search?q=a&offset=9995"}, 400, "offset is 9995: give one from 0, with top_n at most 10000"},
		{"escape", request{path: "/api/search?q=100%"}, 400, `the query string cannot be read: invalid URL escape "%": encode %, & and ; in it`},
		{"encoding", request{path: "/api/search?q=caf%E9"}, 400, "q is not valid UTF-8: encode it as UTF-8"},
		{"long q", request{path: "/api/search?q=" + long}, 400, "q has 131073 characters: give at most 131072"},
		{"long instruct", request{path: "/api/search", body: `{"q":"a","instruct":"` + long + `"}`}, 400, "instruct has 131073 characters: give at most 131072"},
		{"5 MB", request{path: "/api/search", body: `{"q":"` + strings.Repeat("word ", 1_000_000) + `"}`}, 413, "the body has more than 4194304 bytes: send less, or in several requests"},
		{"no JSON", request{path: "/api/search", body: `{"q": boil}`}, 400, "the body is not JSON: at byte 7: invalid character 'b' looking for beginning of value"},
		{"cut JSON", request{path: "/api/search", body: `{"q": "boil`}, 400, "the body is not JSON: at byte 11: unexpected end of JSON input"},
		{"two values", request{path: "/api/search", body: `{"q":"a"}{"q":"b"}`}, 400, "the body is not JSON: at byte 10: invalid character '{' after top-level value"},
		{"a list", request{path: "/api/search", body: `["boil"]`}, 400, "the body is a JSON array: send an object"},
		{"a string number", request{path: "/api/search", body: `{"q":"a","window":"20"}`}, 400, "window has a string: give a whole number"},
		{"a fraction", request{path: "/api/search", body: `{"q":"a","window":20.5}`}, 400, "window has a number 20.5: give a whole number"},
		{"a huge number", request{path: "/api/search", body: `{"q":"a","window":1e400}`}, 400, "window has a number 1e400: give a whole number"},
		{"a number no int can hold", request{path: "/api/search", body: `{"q":"a","window":1e300}`}, 400, "window has a number 1e300: give a whole number"},
		{"a number text", request{path: "/api/search", body: `{"q":17}`}, 400, "q has a number at byte 7: give text in quotes"},
		{"body encoding", request{path: "/api/search", body: "{\"q\":\"caf\xe9\"}"}, 400, "the body is not valid UTF-8: encode it as UTF-8"},
		{"no body", request{method: "POST", path: "/api/search"}, 415, `the Content-Type is "": send the body as JSON, with Content-Type: application/json`},
		{"form", request{path: "/api/search", body: "q=boil", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}, 415,
			`the Content-Type is "application/x-www-form-urlencoded": send the body as JSON, with Content-Type: application/json`},
		{"method", request{method: "DELETE", path: "/api/search"}, 405, "this address does not take that method: see the Allow header"},
		{"path", request{path: "/api/nothing", header: map[string]string{"Accept": "text/html"}}, 404, "there is nothing at this address"},
	}
	h := site{}.start(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { wantProblem(t, test.do(h), test.status, test.message) })
	}
}

func wantProblem(t *testing.T, w interface {
	Result() *http.Response
}, status int, message string) {
	t.Helper()
	r := w.Result()
	var got struct {
		Code      string
		Message   string
		RequestID string `json:"request_id"`
	}
	if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
		t.Fatalf("status %d, not JSON: %v", r.StatusCode, err)
	}
	if r.StatusCode != status || got.Message != message || got.Code == "" || got.RequestID != "test" {
		t.Errorf("status %d, %+v\nwant   %d, %s", r.StatusCode, got, status, message)
	}
	if kind := r.Header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("Content-Type %q", kind)
	}
}

func TestJSONMayDeclareItsCharset(t *testing.T) {
	r := request{path: "/api/search", body: `{"q":"boil"}`, header: map[string]string{"Content-Type": "Application/JSON; charset=utf-8"}}
	if w := r.do(site{}.start(t)); w.Code != http.StatusOK {
		t.Error(w.Code, w.Body)
	}
}

// failing is a Searcher that fails.
type failing struct{ err error }

func (f failing) Search(context.Context, pipeline.Query) (pipeline.Answer, error) {
	if f.err == nil {
		panic("a bug")
	}
	return pipeline.Answer{}, f.err
}

// What goes wrong inside stays inside: the client learns the kind, the log has the rest.
func TestInnerErrors(t *testing.T) {
	const inside = "something went wrong inside the server: its log has the reason, beside this request ID"
	tests := []struct {
		name    string
		err     error
		status  int
		message string
	}{
		{"unknown", errors.New("disk on fire at /var/secret"), 500, inside},
		{"panic", nil, 500, inside},
		{"closed", fmt.Errorf("retrieve: %w", index.ErrClosed), 503, "the server is not ready: try again in a moment"},
		{"late", fmt.Errorf("pipeline: %w", context.DeadlineExceeded), 504, "the work took longer than this server allows: send fewer or shorter documents"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var log logBook
			h := site{web: web.Config{Search: failing{test.err}, Logger: log.logger()}}.start(t)
			wantProblem(t, request{path: "/api/search?q=a"}.do(h), test.status, test.message)
			if test.err != nil && log.last(t)["error"] != test.err.Error() {
				t.Errorf("log %v", log.last(t))
			}
			if test.err == nil && !strings.Contains(log.text(), "a bug") {
				t.Errorf("log %v", log.text())
			}
		})
	}
}

// TestSearchAPIOfALongDocument: what a hit has besides, where it is a part of a document and more than a snippet is asked for.
func TestSearchAPIOfALongDocument(t *testing.T) {
	long := index.Document{ID: "tea", Title: "Tea", URL: "/tea", Fields: map[string]any{"kind": "drink"}, Body: "Much about tea. " +
		strings.Repeat("Word after word. ", 80) + "\n\n## Pots\n\n### Of clay\n\nA teapot. " + strings.Repeat("More words here. ", 60) + "Another teapot."}
	w := request{path: "/api/search?q=teapto&highlights=3&facet=kind&filter=kind:drink"}.do(site{docs: []index.Document{long}, noModel: true}.start(t))
	for _, want := range []string{
		`"url":"/tea#of-clay"`, `"section":["Pots","Of clay"]`, `"anchor":"of-clay"`, `"title_html":"Tea"`, `"highlights":["`, `<mark>teapot</mark>`,
		`"total":1`, `"corrections":[{"from":"teapto","to":"teapot"}]`, `"facets":[{"field":"kind","values":[{"value":"drink","count":1}],"others":0}]`,
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s in\n%s", want, w.Body)
		}
	}
}
