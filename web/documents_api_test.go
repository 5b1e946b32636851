package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/web"
)

const bearer = "Bearer first-secret"

// put is a request to put what body says.
func put(body string) request {
	return request{method: http.MethodPut, path: "/api/documents", body: body}.with(bearer)
}

// at is a request about the document of an ID.
func at(method, id string) request {
	return request{method: method, path: "/api/documents/" + url.PathEscape(id)}.with(bearer)
}

// found are the IDs that a search finds.
func found(t testing.TB, h http.Handler, query string) []string {
	t.Helper()
	w := request{path: "/api/search?rerank=off&q=" + url.QueryEscape(query)}.with(bearer).do(h)
	var a pipeline.Answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusOK {
		t.Errorf("search: %d %s", w.Code, w.Body)
	}
	ids := []string{}
	for _, hit := range a.Hits {
		ids = append(ids, hit.ID)
	}
	return ids
}

func wantFound(t testing.TB, h http.Handler, query string, ids ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, ids...), found(t, h, query)); diff != "" {
		t.Errorf("search for %q: %s", query, diff)
	}
}

func wantAnswer(t testing.TB, h http.Handler, r request, status int, body string) {
	t.Helper()
	if w := r.do(h); w.Code != status || w.Body.String() != body {
		t.Errorf("%s %s: %d %s, want %d %s", r.method, r.path, w.Code, w.Body, status, body)
	}
}

// What was put is found by the next search, what was replaced is found by its new words only, what was deleted not at all.
func TestDocumentsAPI(t *testing.T) {
	h := site{writable: true}.start(t)
	wantFound(t, h, "walrus")
	const walrus = `{"id":"sea/walrus","title":"The walrus","text":"It lives on <ice> & fish.","url":"/animals/walrus","fields":{"legs":0,"serial":12345678901234567890,"tags":["sea",null]}}`
	wantAnswer(t, h, put(walrus), 200, `{"indexed":1}`+"\n")
	wantFound(t, h, "walrus", "sea/walrus")
	wantAnswer(t, h, at("GET", "sea/walrus"), 200, walrus+"\n")
	wantAnswer(t, h, put(walrus), 200, `{"indexed":1}`+"\n") // again: nothing changes
	wantFound(t, h, "walrus", "sea/walrus")

	list := ` [{"id":"seal","text":"A seal."},
		{"id":"sea/walrus","text":"A moustache."},{"id":"seal","text":"A sealion."}]`
	wantAnswer(t, h, put(list), 200, `{"indexed":2}`+"\n")
	wantFound(t, h, "walrus")
	wantFound(t, h, "moustache", "sea/walrus")
	wantFound(t, h, "seal")
	wantFound(t, h, "sealion", "seal")
	wantAnswer(t, h, at("GET", "seal"), 200, `{"id":"seal","title":"","text":"A sealion.","url":""}`+"\n")

	post := put(`{"id":"moon","title":"The moon","text":"Replaced."}`)
	post.method = http.MethodPost
	wantAnswer(t, h, post, 200, `{"indexed":1}`+"\n")
	wantFound(t, h, "earth")

	wantAnswer(t, h, at("DELETE", "sea/walrus"), 204, "")
	wantFound(t, h, "moustache")
	for _, method := range []string{"GET", "DELETE"} {
		wantProblem(t, at(method, "sea/walrus").do(h), 404, "there is nothing at this address")
	}
	wantAnswer(t, h, put(walrus), 200, `{"indexed":1}`+"\n")
	wantFound(t, h, "walrus", "sea/walrus")
}

// An ID may be any text; in an address its slashes may stand as they are.
func TestDocumentsAPIReachesEveryID(t *testing.T) {
	ids := []string{
		"a", "a/b", "/a", "a/", "a//b", "../a", "a%2Fb", "100%", "a b", "a+b", "a?b=c&d#e", "odd <id>?#", "日本/語", "é", "e\u0301",
		"https://example.org/a?b=c", "line\nbreak", "nul\x00", `"quoted\"`, ":id", "*", strings.Repeat("é", 512),
	}
	h := site{writable: true}.start(t)
	for _, id := range ids {
		body, err := json.Marshal(map[string]string{"id": id, "text": "rhinoceros"})
		check(t, err)
		wantAnswer(t, h, put(string(body)), 200, `{"indexed":1}`+"\n")
		wantFound(t, h, "rhinoceros", id)
		var d struct{ ID string }
		if err := json.Unmarshal(at("GET", id).do(h).Body.Bytes(), &d); err != nil || d.ID != id {
			t.Errorf("GET %q: %q, %v", id, d.ID, err)
		}
		wantAnswer(t, h, at("DELETE", id), 204, "")
		wantFound(t, h, "rhinoceros")
	}
	wantAnswer(t, h, put(`{"id":"x/y/é"}`), 200, `{"indexed":1}`+"\n")
	for _, path := range []string{"x/y/%C3%A9", "x%2Fy/%c3%a9"} {
		wantAnswer(t, h, request{path: "/api/documents/" + path}.with(bearer), 200, `{"id":"x/y/é","title":"","text":"","url":""}`+"\n")
	}
}

// A bad document is named, with what to change, and then nothing of its request is put.
func TestDocumentsAPIErrors(t *testing.T) {
	many := "[" + strings.TrimSuffix(strings.Repeat(`{"id":"new"},`, 1001), ",") + "]"
	tests := []struct {
		name, body string
		status     int
		message    string
	}{
		{"no id", `{"title":"new"}`, 400, "the document has no id: give every document one of its own"},
		{"empty id", `[{"id":"new"},{"id":""}]`, 400, "documents[1] has no id: give every document one of its own"},
		{"null", `[{"id":"new"},null]`, 400, "documents[1] has no id: give every document one of its own"},
		{"number id", `[{"id":"new"},{"id":7}]`, 400, "documents[1]: id is a JSON number: give text in quotes"},
		{"long id", `{"id":"` + strings.Repeat("n", 1025) + `"}`, 400,
			`the document (id "` + strings.Repeat("n", 60) + `"): the id has 1025 bytes: give at most 1024`},
		{"list text", `[{"id":"new"},{"text":["a"],"id":"b"}]`, 400, `documents[1] (id "b"): text is a JSON array: give text in quotes`},
		{"list fields", `{"id":"new","fields":[1]}`, 400, `the document (id "new"): fields is a JSON array: give an object`},
		{"unknown key", `[{"id":"new"},{"id":"b","body":"text"}]`, 400,
			`documents[1] (id "b"): unknown field "body": the keys are id, title, text, url and fields, an object for all else`},
		{"text", `"new"`, 400, "the document is a JSON string: give an object"},
		{"list of texts", `[{"id":"new"},"b"]`, 400, "documents[1] is a JSON string: give an object"},
		{"list of lists", `[[{"id":"new"}]]`, 400, "documents[0] is a JSON array: give an object"},
		{"empty list", `[]`, 400, "the list is empty: give 1 to 1000 documents"},
		{"many", many, 400, "the list has 1001 documents: give at most 1000 in one request"},
		{"large list", `[{"id":"new"},{"id":"b","text":"` + strings.Repeat("a", 2<<20) + `"}]`, 413, "the list has more than 2097152 bytes: send it in several requests"},
		{"too large", `{"id":"new","text":"` + strings.Repeat("a", 16<<20) + `"}`, 413, "the body has more than 16777216 bytes: send less, or in several requests"},
		{"cut", `[{"id":"new"},{"id":"b"`, 400, "the body is not JSON: at byte 23: unexpected end of JSON input"},
		{"two values", `{"id":"new"}{"id":"b"}`, 400, "the body is not JSON: at byte 13: invalid character '{' after top-level value"},
		{"encoding", "[{\"id\":\"new\"},{\"id\":\"\xff\"}]", 400, "the body is not valid UTF-8: encode it as UTF-8"},
		{"lines", "{\"id\":\"new\"}\n{\"id\":\"b\"}", 400, "the body is not JSON: at byte 14: invalid character '{' after top-level value"},
	}
	h := site{writable: true}.start(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantProblem(t, put(test.body).do(h), test.status, test.message)
			wantProblem(t, at("GET", "new").do(h), 404, "there is nothing at this address")
		})
	}
	form := put("id=new")
	form.header["Content-Type"] = "application/x-www-form-urlencoded"
	wantProblem(t, form.do(h), 415, `the Content-Type is "application/x-www-form-urlencoded": send the body as JSON, with Content-Type: application/json`)
	wantProblem(t, request{method: "PUT", path: "/api/documents/a", body: `{"id":"a"}`}.with(bearer).do(h), 405, "this address does not take that method: see the Allow header")
	for _, path := range []string{"/api/documents/", "/api/documents/%ff", "/api/documents/none"} {
		wantProblem(t, request{path: path}.with(bearer).do(h), 404, "there is nothing at this address")
	}
}

// Without a key nothing can be read, written or found out; without a Writer there is nothing at these addresses.
func TestDocumentsAPIIsClosedToStrangers(t *testing.T) {
	h := site{writable: true}.start(t)
	readOnly := site{web: web.Config{Keys: keys()}}.start(t)
	for _, r := range []request{
		{method: "PUT", path: "/api/documents", body: `{"id":"new"}`},
		{method: "POST", path: "/api/documents", body: `{"id":"new"}`},
		{method: "GET", path: "/api/documents/eggs"},
		{method: "DELETE", path: "/api/documents/eggs"},
		{method: "DELETE", path: "/api/documents/none"},
	} {
		for _, authorization := range []string{"", "Bearer guess"} {
			if w := r.with(authorization).do(h); w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s with %q: %d", r.method, authorization, w.Code)
			}
		}
		wantProblem(t, r.with(bearer).do(readOnly), 404, "there is nothing at this address")
	}
	wantProblem(t, at("GET", "new").do(h), 404, "there is nothing at this address")
	wantFound(t, h, "soft egg", "eggs", "odd <id>?#")

	_, err := web.New(web.Config{Search: failing{}, Documents: broken{}, Writer: &stubborn{}})
	if err == nil || !strings.Contains(err.Error(), "Config.Writer without Config.Keys") {
		t.Error(err)
	}
}

// stubborn is a Writer that fails.
type stubborn struct{ err error }

func (s stubborn) Put(context.Context, ...index.Document) error { return s.err }
func (s stubborn) Delete(context.Context, ...string) error      { return s.err }

// What goes wrong in the index is no success, and stays inside.
func TestDocumentsAPIWriterErrors(t *testing.T) {
	for name, test := range map[string]struct {
		err     error
		status  int
		message string
	}{
		"disk":   {errors.New("no space left at /var/secret"), 500, "something went wrong inside the server: its log has the reason, beside this request ID"},
		"full":   {fmt.Errorf("index: put: %w: write /var/secret", index.ErrFull), 507, "the server's disk is full: it must have room and be started again before it takes documents"},
		"closed": {fmt.Errorf("index: put: %w", index.ErrClosed), 503, "the server is not ready: try again in a moment"},
	} {
		t.Run(name, func(t *testing.T) {
			h := site{writable: true, web: web.Config{Writer: stubborn{test.err}}}.start(t)
			wantProblem(t, put(`{"id":"new"}`).do(h), test.status, test.message)
			wantProblem(t, at("DELETE", "eggs").do(h), test.status, test.message)
		})
	}
}

// visits counts how often Err is called: an index does so once a batch.
type visits struct {
	context.Context
	n int
}

func (l *visits) Err() error { l.n++; return l.Context.Err() }

// counted is an index that knows how many batches its last Put was.
type counted struct {
	*index.Index
	batches int
}

func (c *counted) Put(ctx context.Context, docs ...index.Document) error {
	l := &visits{Context: ctx}
	defer func() { c.batches = l.n }()
	return c.Index.Put(l, docs...)
}

// The largest requests are one batch of the index each, which is put as a whole or not at all.
func TestDocumentsAPIPutsInOneBatch(t *testing.T) {
	x, err := index.Create("", index.Config{})
	check(t, err)
	defer x.Close()
	c := &counted{Index: x}
	h := site{writable: true, web: web.Config{Writer: c}}.start(t)
	many := make([]string, 1000)
	for i := range many {
		many[i] = fmt.Sprintf(`{"id":"%d"}`, i)
	}
	text := strings.Repeat("<", (2<<20-100)/2)
	for name, body := range map[string]string{
		"documents": "[" + strings.Join(many, ",") + "]",
		"bytes":     `[{"id":"a","text":"` + text + `"},{"id":"b","text":"` + text + `"}]`,
	} {
		if w := put(body).do(h); w.Code != http.StatusOK || c.batches != 1 {
			t.Errorf("%s: %d, %d batches: %s", name, w.Code, c.batches, w.Body)
		}
	}
	docs := make([]index.Document, 1001)
	for i := range docs {
		docs[i].ID = fmt.Sprint(i)
	}
	if err := c.Put(t.Context(), docs...); err != nil || c.batches != 2 {
		t.Errorf("1001 documents: %d batches, so that this test can tell: %v", c.batches, err)
	}
}

// Apps put, find, delete and no longer find their documents, each at once, while others search and write.
func TestDocumentsAPIWhileOthersSearch(t *testing.T) {
	h := site{writable: true}.start(t)
	stop := make(chan struct{})
	var searchers, writers sync.WaitGroup
	for range 2 {
		searchers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					wantFound(t, h, "salt", "pasta")
					if n := len(found(t, h, "savanna")); n > 3 { // what is put and deleted meanwhile
						t.Errorf("%d hits, of three documents", n)
					}
				}
			}
		})
	}
	for app := range 3 {
		writers.Go(func() {
			id := fmt.Sprintf("app/%d", app)
			for round := range 15 {
				word := fmt.Sprintf("zebra%dx%d", app, round)
				wantAnswer(t, h, put(fmt.Sprintf(`{"id":%q,"text":"savanna %s"}`, id, word)), 200, `{"indexed":1}`+"\n")
				wantFound(t, h, word, id)
				if round%3 == 0 {
					wantAnswer(t, h, at("DELETE", id), 204, "")
					wantFound(t, h, word)
				} else if round > 0 {
					wantFound(t, h, fmt.Sprintf("zebra%dx%d", app, round-1)) // replaced, or deleted
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	searchers.Wait()
}
