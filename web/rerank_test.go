package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/retrieve/query"
	"github.com/quern-search/quern/web"
)

const wine = `"model":"qwen3-rerank","query":"red wine stain","documents":["boil an egg","red wine on a shirt","a stain of red wine"]`

// The flat rerank request and its answer in DashScope's own form.
func TestRerank(t *testing.T) {
	twins := &reranktest.Fake{Judge: func(_ rerank.Task, d string) float64 { return 40 + float64(len(d)) }}
	tests := []struct {
		name string
		fake *reranktest.Fake
		body string
	}{
		{"rerank all", nil, `{` + wine + `}`},
		{"rerank top", nil, `{` + wine + `,"top_n":1,"return_documents":true,"instruct":"find help"}`},
		{"rerank loose", nil, `{` + wine + `,"top_n":null,"return_documents":"true","max_chunks_per_doc":null,"kwargs":"{}"}`},
		{"rerank above one", twins, `{"query":"q","documents":["a","bbb","cc","ddd"],"top_n":9}`},
		{"rerank empty document", nil, `{"query":"q","documents":[""]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := site{fake: test.fake}.start(t)
			golden(t, test.name, request{path: "/v1/rerank", body: test.body, header: map[string]string{"Authorization": "Bearer none"}}.do(h))
		})
	}
}

// The header tells which model judged, which the body has no field for.
func TestRerankNamesTheModel(t *testing.T) {
	second := pipeline.Config{Fallback: []rerank.Scorer{&reranktest.Fake{Card: rerank.Model{Name: "second"}}}}
	for name, s := range map[string]site{
		"fake":   {pipeline: second},
		"second": {pipeline: second, fake: &reranktest.Fake{Trouble: reranktest.Fails, After: 2}},
	} {
		w := request{path: "/v1/rerank", body: `{` + wine + `}`}.do(s.start(t))
		if got := w.Header().Get("Quern-Model"); w.Code != http.StatusOK || got != name || strings.Count(w.Body.String(), `"index"`) != 9 {
			t.Errorf("%d, judged by %q, want %q: %s", w.Code, got, name, w.Body)
		}
	}
}

// A model that never comes back holds a request no longer than the server allows.
func TestRerankStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		stuck := &reranktest.Fake{Trouble: reranktest.Stuck, Release: release}
		p, err := pipeline.New(pipeline.Config{Retriever: nowhere{}, Scorer: stuck})
		check(t, err)
		server, err := web.New(web.Config{Search: p, Documents: broken{}, Rerank: p})
		check(t, err)
		w := request{path: "/v1/rerank", body: `{` + wine + `}`}.do(server.Handler())
		wantProblem(t, w, 504, "the work took longer than this server allows: send fewer or shorter documents")
	})
}

// nowhere is a Retriever that finds nothing.
type nowhere struct{}

func (nowhere) Search(context.Context, retrieve.Request) (retrieve.Result, error) {
	return retrieve.Result{}, nil
}
func (nowhere) Snippet(query.Query, retrieve.Candidate) string           { return "" }
func (nowhere) Title(query.Query, retrieve.Candidate) string             { return "" }
func (nowhere) Highlights(query.Query, retrieve.Candidate, int) []string { return nil }

func TestRerankErrors(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat(`"d",`, 501), ",")
	tests := []struct {
		name, body string
		status     int
		message    string
	}{
		{"no query", `{"documents":["a"]}`, 400, "query is empty: say what the documents are to answer"},
		{"blank query", `{"query":" ","documents":["a"]}`, 400, "query is empty: say what the documents are to answer"},
		{"no documents", `{"query":"a"}`, 400, "documents is empty: give 1 to 500 documents"},
		{"empty documents", `{"query":"a","documents":[]}`, 400, "documents is empty: give 1 to 500 documents"},
		{"many documents", `{"query":"a","documents":[` + many + `]}`, 400, "documents has 501 entries: give at most 500 in one request"},
		{"null document", `{"query":"a","documents":["a",null]}`, 400, "documents[1] is null: give a string"},
		{"number document", `{"query":"a","documents":["a",7]}`, 400, "documents[1] is a number: give a string"},
		{"one document", `{"query":"a","documents":"a"}`, 400, "documents is a string: give a list of strings"},
		{"negative", `{"query":"a","documents":["a"],"top_n":-1}`, 400, "top_n is -1: give a positive number, or 0 for all"},
		{"fraction", `{"query":"a","documents":["a"],"top_n":1.5}`, 400, "top_n is 1.5: give a whole number"},
		{"flag", `{"query":"a","documents":["a"],"return_documents":"perhaps"}`, 400, `return_documents is "perhaps": give true or false`},
		{"too large", `{"query":"a","documents":["` + strings.Repeat("a", 16<<20) + `"]}`, 413, "the body has more than 16777216 bytes: send less, or in several requests"},
		{"encoding", "{\"query\":\"\xff\",\"documents\":[\"a\"]}", 400, "the body is not valid UTF-8: encode it as UTF-8"},
		{"garbage", `{"query":"a","documents":["a"]} ;`, 400, "the body is not JSON: at byte 33: invalid character ';' after top-level value"},
	}
	h := site{}.start(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantProblem(t, request{path: "/v1/rerank", body: test.body}.do(h), test.status, test.message)
		})
	}
}

// A long query is the model's to cut, so long as the request is within bounds.
func TestRerankTakesALongQuery(t *testing.T) {
	body := `{"query":"` + strings.Repeat("word ", 600_000) + `","documents":["a word","none"]}`
	if w := (request{path: "/v1/rerank", body: body}).do(site{}.start(t)); w.Code != http.StatusOK {
		t.Error(w.Code, w.Body)
	}
}

// A model that fails is an error with a status: a ranking that is not one must not look like one.
func TestRerankModelErrors(t *testing.T) {
	tests := []struct {
		name    string
		site    site
		status  int
		message string
	}{
		{"none", site{noModel: true}, 503, "this server has no model, so it cannot rerank: start it with one (quern serve --model tiny)"},
		{"fails", site{fake: &reranktest.Fake{Trouble: reranktest.Fails}}, 503, `the model failed: rerank: model "fake": connection refused`},
		{"both fail", site{fake: &reranktest.Fake{Trouble: reranktest.NaN},
			pipeline: pipeline.Config{Fallback: []rerank.Scorer{&reranktest.Fake{Card: rerank.Model{Name: "second"}, Trouble: reranktest.Fails}}}}, 503,
			`the model failed: rerank: model "second": connection refused; before it, fake: broken score: document 0 has logit NaN`},
		{"its own deadline", site{fake: &reranktest.Fake{Trouble: reranktest.Fails, Err: context.DeadlineExceeded}}, 503,
			`the model failed: rerank: model "fake": context deadline exceeded`},
		{"a page of HTML", site{fake: &reranktest.Fake{Trouble: reranktest.Fails, Err: errors.New(strings.Repeat("<p>\nno\n", 200))}}, 503,
			(`the model failed: rerank: model "fake": ` + strings.Repeat("<p> no ", 200))[:400] + "…"},
		{"not a number", site{fake: &reranktest.Fake{Trouble: reranktest.NaN, After: 1}}, 500,
			`the model failed: rerank: model "fake": broken score: document 1 has logit NaN`},
		{"panics", site{fake: &reranktest.Fake{Trouble: reranktest.Panics}}, 500,
			`the model failed: rerank: model "fake": broken score: it panicked: reranktest: a fake panic`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantProblem(t, request{path: "/v1/rerank", body: `{` + wine + `}`}.do(test.site.start(t)), test.status, test.message)
		})
	}
}
