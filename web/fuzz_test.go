package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/web"
	"github.com/quern-search/quern/web/dialect"
)

// However a search request is spelled, the answer is JSON, and a bad request is the client's fault, never the server's.
func FuzzSearch(f *testing.F) {
	f.Add("q=boil&window=20&top_n=5", `{"q":"boil","window":20,"top_n":5}`)
	f.Add("q=%ff&min_score=NaN", `{"q":null,"blend":1e400}`)
	f.Add("q=a;b&deadline_ms=9223372036854775807", `{"q":"\ud800","rerank":"off"}{}`)
	f.Add("filter=subject:%ff&facet=subject&sort=a:%ff&offset=1", `{"filter":["subject:\"k"],"facet":[""],"facet_size":-1}`)
	f.Add("filter=subject:kit*&filter=minutes:5..&facet=url&facet_size=1&sort=-minutes&top_n=1", `{"filter":["url:*"],"sort":"-"}`)
	h := site{web: web.Config{Facets: []string{"subject", "minutes"}, Sorts: []string{"minutes"}}}.start(f)
	f.Fuzz(func(t *testing.T, query, body string) {
		r := request{method: http.MethodGet, path: "/api/search"}
		get := r.request()
		get.URL.RawQuery = query
		wantJSON(t, serve(h, get))
		wantJSON(t, request{method: http.MethodPost, path: "/api/search", body: body}.do(h))
		page := request{path: "/"}.request()
		page.URL.RawQuery = query
		if w := serve(h, page); w.Code != http.StatusOK && w.Code != http.StatusBadRequest || !utf8.Valid(w.Body.Bytes()) {
			t.Errorf("page: %d %s", w.Code, w.Body)
		}
	})
}

// The same for a rerank request, at every path.
func FuzzRerank(f *testing.F) {
	f.Add(uint(0), `{"model":"m","query":"q","documents":["a","b"],"top_n":1,"return_documents":true}`)
	f.Add(uint(1), `{"query":"q","documents":[null],"top_n":-1,"return_documents":"yes"}`)
	f.Add(uint(4), `{"input":{"query":"q","documents":[{"text":"a"}]},"parameters":{"top_n":1e3}}`)
	f.Add(uint(5), `{"query":"q","texts":["a"],"raw_scores":true,"truncate":false}`)
	f.Add(uint(11), `{"text_1":["q","p","q"],"text_2":["a","b","c"]} x`)
	h := site{}.start(f)
	routes := dialect.Routes()
	f.Fuzz(func(t *testing.T, path uint, body string) {
		wantJSON(t, request{method: http.MethodPost, path: askedAt(routes[path%uint(len(routes))].Path).path, body: body}.do(h))
	})
}

// shelf is the Documents and the Writer of a server that keeps what was put last.
type shelf struct{ docs map[string]index.Document }

func (s *shelf) Put(_ context.Context, docs ...index.Document) error {
	s.docs = map[string]index.Document{}
	for _, d := range docs {
		s.docs[d.ID] = d
	}
	return nil
}
func (s *shelf) Delete(_ context.Context, ids ...string) error { return nil }
func (s *shelf) Count() (int, error)                           { return len(s.docs), nil }
func (s *shelf) Get(_ context.Context, id string) (index.Document, error) {
	d, ok := s.docs[id]
	if !ok {
		return d, index.ErrNotFound
	}
	return d, nil
}

// The same for a request to put documents. Those that were put come back at their addresses, in a form that puts them
// again as they were.
func FuzzDocuments(f *testing.F) {
	f.Add(`{"id":"a/b","title":"A","text":"<b>","url":"/a","fields":{"n":12345678901234567890,"list":[null,1e400]}}`)
	f.Add(` [{"id":"a"},{"id":"é"},{"ID":"a","Fields":{}}]`)
	f.Add(`[{"id":"\ud800","fields":null},null]`)
	f.Add(`{"id":"a","body":"text"}`)
	s := &shelf{}
	h := site{writable: true, web: web.Config{Documents: s, Writer: s}}.start(f)
	f.Fuzz(func(t *testing.T, body string) {
		w := put(body).do(h)
		wantJSON(t, w)
		if w.Code != http.StatusOK {
			return
		}
		docs := s.docs
		if want := fmt.Sprintf("{\"indexed\":%d}\n", len(docs)); w.Body.String() != want || len(docs) == 0 {
			t.Errorf("%d documents: answer %s", len(docs), w.Body)
		}
		for id, d := range docs {
			s.docs = docs
			again := put(at("GET", id).do(h).Body.String()).do(h)
			if diff := cmp.Diff(d, s.docs[id], cmpopts.EquateEmpty()); again.Code != http.StatusOK || diff != "" {
				t.Errorf("%q put again: %d %s %s", id, again.Code, again.Body, diff)
			}
		}
	})
}

func wantJSON(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code >= http.StatusInternalServerError || !json.Valid(w.Body.Bytes()) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
