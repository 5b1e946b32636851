package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"unicode/utf8"
)

// However a search request is spelled, the answer is JSON, and a bad request is the client's fault, never the server's.
func FuzzSearch(f *testing.F) {
	f.Add("q=boil&window=20&top_n=5", `{"q":"boil","window":20,"top_n":5}`)
	f.Add("q=%ff&min_score=NaN", `{"q":null,"blend":1e400}`)
	f.Add("q=a;b&deadline_ms=9223372036854775807", `{"q":"\ud800","rerank":"off"}{}`)
	h := site{}.start(f)
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

// The same for a rerank request.
func FuzzRerank(f *testing.F) {
	f.Add(`{"model":"m","query":"q","documents":["a","b"],"top_n":1,"return_documents":true}`)
	f.Add(`{"query":"q","documents":[null],"top_n":-1,"return_documents":"yes"}`)
	f.Add(`{"query":"q","documents":[[{"text":"a"}]]} x`)
	h := site{}.start(f)
	f.Fuzz(func(t *testing.T, body string) {
		wantJSON(t, request{method: http.MethodPost, path: "/v1/rerank", body: body}.do(h))
	})
}

func wantJSON(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code >= http.StatusInternalServerError || !json.Valid(w.Body.Bytes()) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
