package remote_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/remote"
)

// fact returns one of a client's facts.
func fact(c *remote.Client, name string) string {
	for _, f := range c.Facts() {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// unasked is a transport for what must not ask anything.
type unasked struct{ t *testing.T }

func (u unasked) RoundTrip(r *http.Request) (*http.Response, error) {
	u.t.Errorf("%s %s was asked", r.Method, r.URL)
	return nil, errors.New("unasked")
}

func TestFindsVendorsWithoutAsking(t *testing.T) {
	const nested = "/api/v1/services/rerank/text-rerank/text-rerank"
	for _, test := range []struct{ url, dialect, path string }{
		{"https://api.cohere.com", "cohere2", "/v2/rerank"},
		{"https://api.cohere.com/v2", "cohere2", "/v2/rerank"},
		{"https://api.cohere.com/v1", "cohere1", "/v1/rerank"},
		{"https://api.cohere.com/v1/rerank", "cohere1", "/v1/rerank"},
		{"https://API.cohere.ai:443/", "cohere2", "/v2/rerank"},
		{"https://api.jina.ai", "jina", "/v1/rerank"},
		{"https://api.jina.ai/v1/rerank", "jina", "/v1/rerank"},
		{"https://api.voyageai.com/v1", "voyage", "/v1/rerank"},
		{"https://dashscope.aliyuncs.com", "dashscope", nested},
		{"https://dashscope-intl.aliyuncs.com/api/v1", "dashscope", nested},
		{"https://dashscope.aliyuncs.com" + nested, "dashscope", nested},
		{"https://dashscope.aliyuncs.com/compatible-api/v1", "dashscope-compatible", "/compatible-api/v1/reranks"},
		{"https://w.cn-beijing.maas.aliyuncs.com/compatible-api/v1/reranks", "dashscope-compatible", "/compatible-api/v1/reranks"},
		{"http://gateway.example/cohere/v2/rerank", "cohere2", "/cohere/v2/rerank"},
		{"http://gateway.example" + nested, "dashscope", nested},
		{"http://gateway.example/compatible-api/v1/reranks", "dashscope-compatible", "/compatible-api/v1/reranks"},
	} {
		c := open(t, remote.Config{URL: test.url, Model: "m", HTTP: &http.Client{Transport: unasked{t}}})
		if fact(c, "dialect") != test.dialect || fact(c, "path") != test.path {
			t.Errorf("%s: dialect %s at %s, want %s at %s", test.url, fact(c, "dialect"), fact(c, "path"), test.dialect, test.path)
		}
	}
}

func TestEndpointOfANamedDialect(t *testing.T) {
	for _, test := range []struct{ dialect, url, path string }{
		{"jina", "http://h", "/v1/rerank"},
		{"jina", "http://h/", "/v1/rerank"},
		{"jina", "http://h/v1/", "/v1/rerank"},
		{"jina", "http://h/proxy", "/proxy/v1/rerank"},
		{"jina", "http://h/proxy/v1", "/proxy/v1/rerank"},
		{"jina", "http://h/api/v1/rerank", "/api/v1/rerank"},
		{"cohere1", "http://h/rerank", "/rerank"},
		{"dashscope", "http://h/api/v1", "/api/v1/services/rerank/text-rerank/text-rerank"},
		{"dashscope-compatible", "http://h/v1/reranks", "/v1/reranks"},
	} {
		c := open(t, remote.Config{URL: test.url, Dialect: test.dialect, Model: "m", HTTP: &http.Client{Transport: unasked{t}}})
		if got := fact(c, "path"); got != test.path {
			t.Errorf("%s at %s: path %s, want %s", test.dialect, test.url, got, test.path)
		}
	}
}

func TestFindsByWhatTheServerSays(t *testing.T) {
	models := func(owner string) string {
		return fmt.Sprintf(`{"object":"list","data":[{"id":"m","object":"model","owned_by":%q}]}`, owner)
	}
	tei := `{"model_id":"m","model_type":{"reranker":{}},"max_client_batch_size":8,"version":"1.8"}`
	for _, test := range []struct {
		url     string // below the server's
		page    string
		body    string
		dialect string
		path    string
	}{
		{"", "/info", tei, "tei", "/rerank"},
		{"/rerank", "/info", tei, "tei", "/rerank"},
		{"/proxy", "/proxy/info", tei, "tei", "/proxy/rerank"},
		{"", "/v1/models", models("llamacpp"), "llama-server", "/v1/rerank"},
		{"/v1", "/v1/models", models("llamacpp"), "llama-server", "/v1/rerank"},
		{"/reranking", "/v1/models", models("llamacpp"), "llama-server", "/reranking"},
		{"", "/v1/models", models("vllm"), "vllm", "/v1/rerank"},
		{"/score/rerank", "/score/v1/models", models("vllm"), "vllm", "/score/rerank"},
		{"", "/models", models("infinity"), "infinity", "/rerank"},
		{"/v1", "/v1/models", models("infinity"), "infinity", "/v1/rerank"},
	} {
		t.Run(test.dialect+test.url, func(t *testing.T) {
			server := serve(t, map[string]string{test.page: test.body}, say(http.StatusTeapot, ""))
			c := open(t, remote.Config{URL: server.URL + test.url})
			if fact(c, "dialect") != test.dialect || fact(c, "path") != test.path || !strings.HasPrefix(c.Model().Name, "m at ") {
				t.Errorf("facts %v", c.Facts())
			}
			if n := len(server.posts()); n != 0 {
				t.Errorf("%d documents were sent to a server that had said what it is", n)
			}
		})
	}
}

func TestFindsByTheShapeOfAnAnswer(t *testing.T) {
	const (
		items  = `[{"index":1,"relevance_score":0.1},{"index":0,"relevance_score":0.9}]`
		scores = `[{"index":1,"score":0.1},{"index":0,"score":0.9}]`
	)
	for _, test := range []struct {
		url, at, form, answer string
		dialect               string
	}{
		{"", "/v1/rerank", "documents", `{"results":` + items + `}`, "jina"},
		{"", "/rerank", "documents", `{"model":"m","results":` + items + `}`, "jina"},
		{"/custom/rerank", "/custom/rerank", "documents", `{"results":` + items + `}`, "jina"},
		{"", "/rerank", "documents", `{"object":"rerank","id":"infinity-7","results":` + items + `}`, "infinity"},
		{"", "/v1/rerank", "documents", `{"output":{"results":` + items + `},"request_id":"1"}`, "quern"},
		{"", "/v1/rerank", "documents", `{"object":"list","data":` + items + `}`, "voyage"},
		{"", "/rerank", "texts", scores, "tei"},
	} {
		t.Run(test.dialect+test.url+test.at, func(t *testing.T) {
			var server *standIn
			server = serve(t, nil, func(w http.ResponseWriter, r *http.Request) {
				posts := server.posts()
				if _, is := posts[len(posts)-1].Body.(map[string]any)[test.form]; is && r.URL.Path == test.at {
					say(http.StatusOK, test.answer)(w, r)
					return
				}
				say(http.StatusBadRequest, `{"detail":"no such form"}`)(w, r)
			})
			c := open(t, remote.Config{URL: server.URL + test.url})
			if fact(c, "dialect") != test.dialect || fact(c, "path") != test.at {
				t.Errorf("dialect %s at %s, want %s at %s", fact(c, "dialect"), fact(c, "path"), test.dialect, test.at)
			}
			if fact(c, "scores") != "relevance 0..1" {
				t.Error("a server that did not say what it is would be asked for raw scores")
			}
			if got, err := rerank.Rank(t.Context(), c, drinks(""), 0); err != nil || got[0].Index != 0 {
				t.Errorf("scores %v, error %v", got, err)
			}
		})
	}
}

func TestFindsNothing(t *testing.T) {
	for name, test := range map[string]struct {
		pages  map[string]string
		answer http.HandlerFunc
		says   []string
	}{
		"another server": {
			map[string]string{"/version": `{"version":"1"}`}, say(http.StatusNotFound, `{"error":"no such page"}`),
			[]string{"set dialect to one of cohere2, ", "POST /v1/rerank as jina: status 404: no such page; ", "as quern: an answer of another kind; "},
		},
		"a web site": {
			map[string]string{"/info": "<html>hello</html>"}, say(http.StatusOK, "<html>hello</html>", "Content-Type", "text/html"),
			[]string{"GET /info: it answers with a web page, not JSON: is this a rerank API?"},
		},
		"one that scores one document of two": {
			nil, say(http.StatusOK, `{"results":[{"index":0,"relevance_score":0.5}]}`),
			[]string{"an answer of another kind"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := remote.Open(t.Context(), remote.Config{URL: serve(t, test.pages, test.answer).URL})
			mention(t, err, test.says...)
			if errors.Is(err, remote.ErrUnreachable) {
				t.Error("called unreachable")
			}
		})
	}
}

func TestFindsAServerThatWantsAKey(t *testing.T) {
	server := serve(t, nil, nil)
	server.Config.Handler = say(http.StatusUnauthorized, `{"error":"wrong key sesame given"}`)
	_, err := remote.Open(t.Context(), remote.Config{URL: server.URL})
	mention(t, err, "it wants a key (status 401: wrong key sesame given): set QUERN_REMOTE_KEY")
	_, err = remote.Open(t.Context(), remote.Config{URL: server.URL, Key: "sesame", Dialect: "vllm"})
	mention(t, err, "it refuses the key (status 401: wrong key (key) given): set the right one in QUERN_REMOTE_KEY")
	if strings.Contains(err.Error(), "sesame") {
		t.Error("the key stands in an error:", err)
	}
	for hint, says := range map[string]string{"": "set CO_API_KEY or COHERE_API_KEY or QUERN_REMOTE_KEY", "GATEWAY_KEY": "set GATEWAY_KEY"} {
		c := open(t, remote.Config{URL: server.URL, Dialect: "cohere2", Model: "m", KeyHint: hint})
		_, err = rerank.Rank(t.Context(), c, documents(1), 0)
		mention(t, err, "it wants a key")
		if !strings.HasSuffix(err.Error(), says) {
			t.Errorf("with KeyHint %q: %v; want it to end in %q", hint, err, says)
		}
	}
}

// A vLLM behind a gateway that has the endpoint alone says nothing of instructions.
func TestAVLLMThatSaysNothingGetsNoInstruction(t *testing.T) {
	server := serve(t, nil, scoreAll(t))
	c := open(t, remote.Config{URL: server.URL, Dialect: "vllm", Model: "m"})
	_, err := rerank.Rank(t.Context(), c, drinks(""), 0)
	check(t, err)
	_, err = rerank.Rank(t.Context(), c, drinks("Find drinks"), 0)
	mention(t, err, "no way to be given an instruction")
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	url := "http://user:password@" + l.Addr().String()
	check(t, l.Close())
	for _, cfg := range []remote.Config{
		{URL: url},
		{URL: url, Dialect: "tei"},
		{URL: url, Dialect: "quern", Key: "secret"},
	} {
		_, err := remote.Open(t.Context(), cfg)
		if !errors.Is(err, remote.ErrUnreachable) {
			t.Errorf("%+v: %v", cfg, err)
		}
		mention(t, err, l.Addr().String(), "connection refused")
		if strings.Contains(err.Error(), "password") {
			t.Error("a password stands in an error:", err)
		}
	}
	c := open(t, remote.Config{URL: url, Dialect: "jina", Model: "m", Retries: -1})
	if _, err := rerank.Rank(t.Context(), c, drinks(""), 0); !errors.Is(err, remote.ErrUnreachable) {
		t.Error(err)
	}
	loading := serve(t, nil, nil)
	loading.Config.Handler = say(http.StatusServiceUnavailable, `{"error":{"code":503,"message":"Loading model"}}`)
	_, err = remote.Open(t.Context(), remote.Config{URL: loading.URL})
	mention(t, err, "Loading model")
	if !errors.Is(err, remote.ErrUnreachable) {
		t.Error(err)
	}
}

func TestAnUntrustedCertificate(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			http.NotFound(w, r)
			return
		}
		scoreAll(t)(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshake that fails
	server.StartTLS()
	defer server.Close()
	_, err := remote.Open(t.Context(), remote.Config{URL: server.URL})
	mention(t, err, "its certificate is not trusted")
	if errors.Is(err, remote.ErrUnreachable) {
		t.Error("called unreachable, as if it might come up later")
	}
	c := open(t, remote.Config{URL: server.URL, HTTP: server.Client()})
	if fact(c, "dialect") != "jina" {
		t.Errorf("with its certificate known: facts %v", c.Facts())
	}
}
