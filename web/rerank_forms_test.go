package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank/qwen3"
	"github.com/quern-search/quern/rerank/reranktest"
	"github.com/quern-search/quern/web"
	"github.com/quern-search/quern/web/dialect"
)

// askedAt is a request in the form that a path has where the body does not say.
func askedAt(path string) request {
	path = strings.ReplaceAll(path, "*", "Qwen/Qwen3-Reranker-0.6B")
	body := `{` + wine + `}`
	switch {
	case strings.HasSuffix(path, "/score"), strings.HasPrefix(path, "/v1/inference"):
		body = strings.Replace(body, `"query"`, `"queries"`, 1)
	case strings.HasPrefix(path, "/ai/"):
		body = strings.Replace(body, `"documents"`, `"prompts"`, 1)
	}
	return request{path: path, body: body}
}

// Every path of package dialect is served, and asks for a key in the form in which its clients read errors.
func TestRerankPaths(t *testing.T) {
	open := site{}.start(t)
	keyed := site{web: web.Config{Keys: keys()}}.start(t)
	for _, route := range dialect.Routes() {
		w := askedAt(route.Path).do(open)
		if w.Code != http.StatusOK || w.Header().Get("Quern-Model") != "fake" || w.Header().Get("Quern-Truncated") != "0" {
			t.Errorf("%s: %d %v %s", route.Path, w.Code, w.Header(), w.Body)
		}
		r := request{path: askedAt(route.Path).path, body: "not even JSON", header: map[string]string{"Accept": "text/html, */*"}}
		for message, w := range map[string]*httptest.ResponseRecorder{
			"this server asks for a key: send the header Authorization: Bearer KEY":                       r.do(keyed),
			"this is no key of this server: look at what stands after Bearer in the header Authorization": r.with("Bearer no").do(keyed),
		} {
			wantProblem(t, w, http.StatusUnauthorized, message)
			var body struct {
				Detail string
				Error  any
			}
			check(t, json.Unmarshal(w.Body.Bytes(), &body))
			object := map[string]any{"message": message, "type": "authentication_error", "param": nil, "code": 401.0}
			if route.Path == "/api/rerank" { // Ollama's
				if body.Error != message {
					t.Errorf("%s: %s", route.Path, w.Body)
				}
			} else if diff := cmp.Diff(any(object), body.Error); diff != "" || body.Detail != message {
				t.Errorf("%s: %s", route.Path, w.Body)
			}
		}
		if w := r.with("Bearer first-secret").do(keyed); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "not JSON") {
			t.Errorf("%s: %d %s", route.Path, w.Code, w.Body)
		}
	}
}

// Pairs are judged each by its own query, and scores stand where their pair stood.
func TestRerankPairs(t *testing.T) {
	w := request{path: "/score", body: `{"text_1":["red wine","boil an egg","red wine"],"text_2":["an egg","boil the egg","wine"]}`}.do(site{}.start(t))
	var a struct {
		Data []struct {
			Index int
			Score float64
		}
		Usage struct {
			Total int `json:"total_tokens"`
		}
	}
	check(t, json.Unmarshal(w.Body.Bytes(), &a))
	got := ""
	for _, d := range a.Data {
		got += fmt.Sprintf("%d:%.3f ", d.Index, d.Score)
	}
	if got != "0:0.018 1:0.791 2:0.500 " || a.Usage.Total != 2+2+3+3+2+1 {
		t.Errorf("%s, %d tokens", got, a.Usage.Total)
	}
}

// A model that fails is told in the form too.
func TestRerankFailsInForm(t *testing.T) {
	h := site{fake: &reranktest.Fake{Trouble: reranktest.Fails}}.start(t)
	wantProblem(t, request{path: "/rerank", body: `{"query":"q","texts":["a"]}`}.do(h), 424, `the model failed: rerank: model "fake": connection refused`)
	w := request{path: "/rerank", body: `{"query":"q","documents":["a"],"property":"p"}`}.do(h)
	if w.Code != 503 || !strings.Contains(w.Body.String(), `"error":"the model failed: `) {
		t.Error(w.Code, w.Body)
	}
	w = request{path: "/rerank", body: `{"query":"q","texts":["a"]}`}.do(site{noModel: true}.start(t))
	if w.Code != 503 || !strings.Contains(w.Body.String(), `"error_type":"Unhealthy"`) {
		t.Error(w.Code, w.Body)
	}
}

// An error can be read by every client wherever it comes, since one may have been given a wrong address.
func TestErrorsCanBeReadByAll(t *testing.T) {
	h := site{web: web.Config{Keys: keys()}}.start(t)
	for _, test := range []struct {
		request
		status int
	}{
		{request{path: "/v1/rerank"}, 405},
		{request{path: "/v1/rerankings", body: `{}`}, 404},
		{request{path: "/rerank/v1/rerank", body: `{}`}, 404},
		{request{path: "/v1/models"}, 401},
		{request{path: "/info"}, 401},
		{request{path: "/v1/rerank", body: `{}`}, 401},
		{request{path: "/api/search?q=a"}, 401},
	} {
		w := test.do(h)
		var all struct {
			Message, Detail string
			Code            string
			RequestID       string `json:"request_id"`
			Error           struct {
				Message, Type string
				Code          int
			}
		}
		check(t, json.Unmarshal(w.Body.Bytes(), &all))
		if w.Code != test.status || all.Message == "" || all.Detail != all.Message || all.Error.Message != all.Message ||
			all.Error.Type == "" || all.Error.Code != test.status || all.Code == "" || all.RequestID != "test" {
			t.Errorf("%s: %d %s", test.path, w.Code, w.Body)
		}
	}
}

// Clients send the names of other services; a strict server wants its own, with which a provider's may stand.
func TestStrictModels(t *testing.T) {
	loose, strict := site{}.start(t), site{web: web.Config{StrictModels: true}}.start(t)
	for name, known := range map[string]bool{
		"fake": true, "Fake": true, "acme/fake": true, "": true,
		"gte-rerank": false, "qwen3-rerank": false, "rerank-v3.5": false, "fireworks/other": false, "fakes": false,
	} {
		r := request{path: "/v1/rerank", body: fmt.Sprintf(`{"model":%q,"query":"q","documents":["a"]}`, name)}
		if w := r.do(loose); w.Code != http.StatusOK {
			t.Errorf("%q: %d %s", name, w.Code, w.Body)
		}
		w := r.do(strict)
		if known && w.Code != http.StatusOK {
			t.Errorf("%q, strictly: %d %s", name, w.Code, w.Body)
		}
		if !known {
			wantProblem(t, w, http.StatusNotFound, fmt.Sprintf("model is %q: give \"fake\", or leave it out", name))
		}
	}
	if w := (request{path: "/v1/models/other"}).do(strict); w.Code != http.StatusNotFound {
		t.Error(w.Code, w.Body)
	}
}

// What clients ask before they use a reranker.
func TestModels(t *testing.T) {
	h := site{web: web.Config{Version: "1.2.3"}}.start(t)
	for name, path := range map[string]string{"models": "/v1/models", "model": "/v1/models/any/name", "info": "/info"} {
		golden(t, name, request{path: path}.do(h))
	}
	keyed := site{web: web.Config{Keys: keys()}}.start(t)
	for path, status := range map[string]int{
		"/v1/models": 401, "/v1/models/fake": 401, "/info": 401, "/meta": 401, "/health": 200, "/.well-known/ready": 200, "/.well-known/live": 200, "/v1/cluster/auth": 200,
	} {
		if w := (request{path: path}).do(keyed); w.Code != status {
			t.Errorf("%s without a key: %d", path, w.Code)
		}
	}
	none := site{noModel: true}.start(t)
	for path, status := range map[string]int{"/v1/models": 200, "/v1/models/fake": 404, "/info": 503, "/health": 200} {
		if w := (request{path: path}).do(none); w.Code != status {
			t.Errorf("%s without a model: %d %s", path, w.Code, w.Body)
		}
	}
}

// Weaviate sends no content type. A browser on another site's page may do that too, but says whose page it is.
func TestRerankPresumesJSON(t *testing.T) {
	h := site{}.start(t)
	for _, test := range []struct {
		header map[string]string
		status int
	}{
		{nil, 200},
		{map[string]string{"Origin": "https://elsewhere.example"}, 415},
		{map[string]string{"Content-Type": "text/plain"}, 415},
		{map[string]string{"Content-Encoding": "gzip"}, 415},
		{map[string]string{"Content-Encoding": "identity"}, 200},
		{map[string]string{"Content-Type": "application/json; charset=utf-8", "Origin": "https://elsewhere.example"}, 200},
	} {
		r := request{path: "/rerank", body: `{"query":"q","documents":["a"],"property":""}`}.request()
		r.Header.Del("Content-Type")
		for name, value := range test.header {
			r.Header.Set(name, value)
		}
		if w := serve(h, r); w.Code != test.status {
			t.Errorf("%v: %d %s", test.header, w.Code, w.Body)
		}
	}
}

// tinySite is a server whose model is the one that is built in.
func tinySite(t testing.TB, cfg web.Config) http.Handler {
	t.Helper()
	file, size := fixtures.Model()
	engine, err := qwen3.New(file, size, qwen3.Config{})
	check(t, err)
	p, err := pipeline.New(pipeline.Config{Retriever: nowhere{}, Scorer: engine})
	check(t, err)
	cfg.Search, cfg.Documents, cfg.Rerank = p, broken{}, p
	server, err := web.New(cfg)
	check(t, err)
	return server.Handler()
}

// Limits, and what is cut, in the tokens of the model's own tokenizer, in which "one" is one token and so is " one".
func TestRerankTokens(t *testing.T) {
	words := func(n int) string { return strings.TrimSpace(strings.Repeat("one ", n)) }
	body := func(query string, documents ...string) string {
		data, err := json.Marshal(map[string]any{"query": query, "documents": documents})
		check(t, err)
		return string(data)
	}
	many := func(n int, text string) (all []string) {
		for range n {
			all = append(all, text)
		}
		return all
	}
	loose, strict := tinySite(t, web.Config{}), tinySite(t, web.Config{Strict: true})
	read := []struct {
		name, path, body string
		truncated        string
		usage            int // 0: not told here
	}{
		{"short", "/v1/rerank", body("one", "one", "one one"), "0", 0},
		{"a long document", "/v1/rerank", body("one", words(3000), "one"), "1", 0},
		{"a document of 2 MB", "/v1/rerank", body("one", words(500_000)), "1", 2048},
		{"a document of 2 MB without spaces", "/v1/rerank", body("one", strings.Repeat("ab", 1<<20)), "1", 2048},
		{"a long query", "/v1/rerank", body(words(1500), "one"), "1", 0},
		{"both", "/v1/rerank", body(words(5000), words(5000)), "2", 2048},
		{"500 documents of a character", "/v1/rerank", body("one", many(500, "x")...), "0", 0},
		{"fewer tokens by request", "/v2/rerank", `{"query":"one","documents":["one one one","one"],"max_tokens_per_doc":2}`, "1", 0},
	}
	for _, test := range read {
		t.Run(test.name, func(t *testing.T) {
			w := request{path: test.path, body: test.body}.do(loose)
			var a struct {
				Usage struct {
					Total int `json:"total_tokens"`
				}
			}
			check(t, json.Unmarshal(w.Body.Bytes(), &a))
			if w.Code != http.StatusOK || w.Header().Get("Quern-Truncated") != test.truncated || test.usage > 0 && a.Usage.Total != test.usage {
				t.Errorf("%d, %s truncated, %d tokens: %.200s", w.Code, w.Header().Get("Quern-Truncated"), a.Usage.Total, w.Body)
			}
		})
	}
	const sum = "the request has 120,120 tokens, those of the query counted once for each document: give at most 120,000, in several requests"
	refused := []struct {
		name          string
		h             http.Handler
		path, body    string
		status        int
		message, form string
	}{
		{"30 documents of 4,000 and a query of 4", loose, "/v1/rerank", body(words(4), many(30, words(4000))...), 400, sum, ""},
		{"longer ones count as much", loose, "/v1/rerank", body(words(4), many(30, words(9000))...), 400, sum, ""},
		{"a long query", loose, "/v1/rerank", body(words(5000), many(31, "one")...), 400, strings.Replace(sum, "120,120", "124,031", 1), ""},
		{"a long query, strictly", strict, "/v1/rerank", body(words(4001), "one"), 400, "query has more than 4,000 tokens: shorten it", ""},
		{"what TEI is not to cut", loose, "/rerank", `{"query":"one","texts":["` + words(3000) + `"],"truncate":false}`, 422,
			"texts that are longer than the model reads: 1: shorten them, or let them be truncated", ""},
		{"an instruction without end", loose, "/v1/rerank", `{"query":"one","documents":["one"],"instruct":"` + words(3000) + `"}`, 400,
			"qwen3: the instruction alone takes about 3049 tokens, of 2048 that the model reads in all: shorten it", ""},
	}
	for _, test := range refused {
		t.Run(test.name, func(t *testing.T) {
			wantProblem(t, request{path: test.path, body: test.body}.do(test.h), test.status, test.message)
		})
	}
	if w := (request{path: "/v1/rerank", body: body(words(1500), "one")}).do(strict); w.Code != http.StatusOK {
		t.Errorf("a query within 4,000 tokens, strictly: %d %s", w.Code, w.Body)
	}
}

// A body of 100 MB is refused in a way that its sender can hear, who listens only when it has sent all.
func TestRerankHugeBody(t *testing.T) {
	server := httptest.NewServer(site{}.start(t))
	defer server.Close()
	body := io.MultiReader(strings.NewReader(`{"query":"`), io.LimitReader(endless{}, 100<<20))
	answer, err := http.Post(server.URL+"/v1/rerank", "application/json", body)
	check(t, err)
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusRequestEntityTooLarge || !bytes.Contains(data, []byte("the body has more than 16777216 bytes")) {
		t.Errorf("%d %s, %v", answer.StatusCode, data, err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// A body that does not come in time, or not to its end.
func TestRerankSlowBody(t *testing.T) {
	h := site{}.start(t)
	for _, test := range []struct {
		err     error
		status  int
		message string
	}{
		{os.ErrDeadlineExceeded, http.StatusRequestTimeout, "the body did not come within 1m0s: send less, or over a faster line"},
		{io.ErrUnexpectedEOF, http.StatusBadRequest, "the body ended early: unexpected EOF"},
	} {
		r := request{path: "/v1/rerank", body: "{"}.request()
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"query":`), stops{test.err}))
		wantProblem(t, serve(h, r), test.status, test.message)
	}
}

// stops is a body that breaks off.
type stops struct{ err error }

func (s stops) Read([]byte) (int, error) { return 0, s.err }

// Odd characters are read as they stand, half of a surrogate pair as U+FFFD.
func TestRerankOddCharacters(t *testing.T) {
	w := request{path: "/v1/rerank", body: `{"query":"q\u0000","documents":["\u0000","\ud83d\ude00","\ud83d","` + "\u202e" + `",""],"return_documents":true}`}.do(tinySite(t, web.Config{}))
	var a struct {
		Results []struct {
			Index    int
			Document struct{ Text string }
		}
	}
	check(t, json.Unmarshal(w.Body.Bytes(), &a))
	got := make([]string, 5)
	for _, r := range a.Results {
		got[r.Index] = r.Document.Text
	}
	if diff := cmp.Diff([]string{"\x00", "😀", "\uFFFD", "\u202e", ""}, got); w.Code != http.StatusOK || diff != "" {
		t.Error(w.Code, diff)
	}
}
