package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/index/corpus"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/web"
	"github.com/quern-search/quern/web/turns"
)

// A site is a server over a real index and pipeline; its model is a fake, unless it is said to be none.
type site struct {
	docs     []index.Document // default: library
	fake     *reranktest.Fake // default: one that judges by overlap
	scorer   rerank.Scorer    // instead of it
	noModel  bool
	queue    *turns.Queue    // in front of the model; default: none
	writable bool            // by the bearers of keys()
	pipeline pipeline.Config // Retriever and Scorer are set by start
	web      web.Config      // Search, Documents and Rerank likewise, where they are not set
}

// library is small enough to know what a search in it must find.
var library = []index.Document{
	{ID: "eggs", Title: "Boiling eggs", Body: "Six minutes for a soft egg, ten for a hard one. Eggs boil best from room temperature.", URL: "https://example.org/kitchen/boiling-eggs", Fields: map[string]any{"minutes": 6, "subject": "kitchen"}},
	{ID: "tea/green", Title: "Green tea", Body: "Let the boiled water cool before you pour it.\n\nTwo minutes are enough.\nNo sugar."},
	{ID: "pasta", Title: "Pasta", Body: "Boil plenty of water with salt. Pasta needs nine minutes. Boil, boil, boil.", URL: "/doc/pasta"},
	{ID: "odd <id>?#", Title: "", Body: `Eggs & <script>alert("boil")</script> in a document`, URL: "javascript:alert(1)"},
	{ID: "moon", Title: "The moon", Body: "It goes around the earth once a month."},
}

func (s site) start(t testing.TB) http.Handler {
	t.Helper()
	if _, fuzzing := t.(*testing.F); fuzzing {
		return s.server(t).Handler() // a fuzz target has a T of its own
	}
	return described(t, s.server(t).Handler())
}

func (s site) server(t testing.TB) *web.Server {
	t.Helper()
	if s.docs == nil {
		s.docs = library
	}
	x, err := index.Create("", index.Config{})
	if err == nil {
		t.Cleanup(func() { x.Close() })
		err = x.Put(t.Context(), s.docs...)
	}
	check(t, err)
	bm25, err := retrieve.New(x, retrieve.Config{})
	check(t, err)
	var scorer rerank.Scorer
	if !s.noModel {
		if s.fake == nil {
			s.fake = &reranktest.Fake{}
		}
		if scorer = s.scorer; scorer == nil {
			scorer = s.fake
		}
		if s.queue != nil {
			scorer = turns.Scorer(scorer, s.queue)
		}
	}
	s.pipeline.Retriever, s.pipeline.Scorer = bm25, scorer
	p, err := pipeline.New(s.pipeline)
	check(t, err)
	if s.web.Search == nil {
		s.web.Search = p
	}
	if s.web.Documents == nil {
		s.web.Documents = x
	}
	if s.writable {
		s.web.Keys = keys()
		if s.web.Writer == nil {
			s.web.Writer = x
		}
	}
	s.web.Rerank = p
	server, err := web.New(s.web)
	check(t, err)
	return server
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// articles are the documents of the fixtures.
func articles(t testing.TB) []index.Document {
	t.Helper()
	f, err := fixtures.FS.Open("corpus.jsonl")
	check(t, err)
	defer f.Close()
	var docs []index.Document
	for d, err := range corpus.JSONL(f, "corpus.jsonl") {
		check(t, err)
		docs = append(docs, d)
	}
	return docs
}

// A request is one call of the server; path without method is a GET.
type request struct {
	method, path, body string
	header             map[string]string
}

func (r request) do(h http.Handler) *httptest.ResponseRecorder { return serve(h, r.request()) }

func (r request) request() *http.Request {
	method := http.MethodGet
	if r.body != "" {
		method = http.MethodPost
	}
	if r.method != "" {
		method = r.method
	}
	req := httptest.NewRequest(method, r.path, strings.NewReader(r.body))
	if r.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("X-Request-Id", "test")
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	return req
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
