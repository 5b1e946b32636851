package dialect_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/web/dialect"
)

// An error says what to change, by the names that the client used.
func TestReadSaysWhatIsWrong(t *testing.T) {
	many := func(n int) string { return strings.TrimSuffix(strings.Repeat(`"d",`, n), ",") }
	tests := []struct{ path, body, says string }{
		{"/v1/rerank", ``, "the body is not JSON: at byte 0: unexpected end of JSON input"},
		{"/v1/rerank", `["a"]`, "the body is a list: give an object"},
		{"/v1/rerank", `null`, "the body is null: give an object"},
		{"/v1/rerank", `{}`, "documents is empty: give 1 to 500 documents"},
		{"/rerank", `{"query":"q","texts":[]}`, "texts is empty: give 1 to 1000 documents"},
		{"/v1/reranking", `{"query":"q","input":[]}`, "input is empty: give 1 to 1000 documents"},
		{"/ai/v1/rerank", `{"query":"q","prompts":[]}`, "prompts is empty: give 1 to 1000 documents"},
		{"/reranks", `{"input":{"query":"q","documents":[]}}`, "input.documents is empty: give 1 to 500 documents"},
		{"/v1/rerank", `{"query":"q","documents":["a"],"max_tokens_per_doc":-1}`, "max_tokens_per_doc is -1: give a positive number, or 0 for all"},
		{"/v1/rerank", `{"documents":["a"]}`, "query is empty: say what the documents are to answer"},
		{"/v1/rerank", `{"query":" \n","documents":["a"]}`, "query is empty: say what the documents are to answer"},
		{"/v1/rerank", `{"query":["q"],"documents":["a"]}`, "query is a list: give a string"},
		{"/v1/rerank", `{"query":"q","documents":{"a":"b"}}`, "documents is an object: give a list of strings"},
		{"/v1/rerank", `{"query":"q","documents":["a",null]}`, "documents[1] is null: give a string"},
		{"/v1/rerank", `{"query":"q","documents":["a",{"image":"x"}]}`, "documents[1] is an object without text: give a string, or an object with a key text"},
		{"/v1/rerank", `{"query":"q","documents":[{"text":7}]}`, "documents[0].text is a number: give a string"},
		{"/v1/rerank", `{"query":"q","documents":["a"],"model":7}`, "model is a number: give a string"},
		{"/v1/rerank", `{"query":"q","documents":["a"],"instruct":"","task":{}}`, "task is an object: give a string"},
		{"/v1/rerank", `{"query":"q","documents":["a"],"top_n":-1}`, "top_n is -1: give a positive number, or 0 for all"},
		{"/v1/rerank", `{"query":"q","documents":["a"],"top_n":"3"}`, "top_n is a string: give a whole number"},
		{"/v1/rerank", `{"query":"q","documents":["a"],"top_n":1e999}`, "top_n is 1e999: give a whole number"},
		{"/v1/rerank", `{"query":"q","documents":[` + many(501) + `]}`, "documents has 501 entries: give at most 500 in one request"},
		{"/v1/rerank", `{"query":"q","documents":[` + many(10_001) + `]}`, "documents has more than 10000 entries: give less in one request"},
		{"/v1/rerank", `{"query":"q","documents":[` + many(1001) + `],"top_k":1}`, "documents has 1001 entries: give at most 1000 in one request"},
		{"/rerank", `{"query":"q","documents":[` + many(1001) + `]}`, "documents has 1001 entries: give at most 1000 in one request"},
		{"/rerank", `{"query":"q","texts":[` + many(1001) + `]}`, "texts has 1001 entries: give at most 1000 in one request"},
		{"/rerank", `{"query":"q","texts":"a"}`, "texts is a string: give a list of strings"},
		{"/v1/reranking", `{"query":"q","input":[7]}`, "input[0] is a number: give a string"},
		{"/api/v1/services/rerank/text-rerank/text-rerank", `{"input":{"query":"q","documents":[7]}}`, "input.documents[0] is a number: give a string"},
		{"/api/v1/services/rerank/text-rerank/text-rerank", `{"input":{"query":"q","documents":["a"]},"parameters":{"top_n":-3}}`, "parameters.top_n is -3: give a positive number, or 0 for all"},
		{"/score", `{"text_1":["a","b"],"text_2":["a","b","c"]}`, "there are 2 queries and 3 documents: give one query, or as many as documents"},
		{"/score", `{"text_1":[],"text_2":["a"]}`, "query is empty: say what the documents are to answer"},
		{"/score", `{"text_1":["a",""],"text_2":["a","b"]}`, "query is empty: say what the documents are to answer"},
	}
	for _, test := range tests {
		if _, err := readError(t, test.path, test.body); !strings.HasSuffix(err.Error(), ": "+test.says) {
			t.Errorf("%s %.60s:\n%v, want\n%s", test.path, test.body, err, test.says)
		}
	}
}

// One body serves all clients, but those that take error for a string; and TEI has statuses of its own.
func TestFail(t *testing.T) {
	const object = `{"code":"InvalidParameter","message":"why","request_id":"r1","detail":"why","error":{"message":"why","type":"invalid_request_error","param":null,"code":400}}`
	const text = `{"code":"InvalidParameter","message":"why","request_id":"r1","detail":"why","error":"why"}`
	const tei = `{"code":"InvalidParameter","message":"why","request_id":"r1","detail":"why","error":{"message":"why","type":"invalid_request_error","param":null,"code":400},"error_type":"Validation"}`
	for path, want := range map[string]string{
		"/v1/rerank": object, "/v2/rerank": object, "/rerank": object, "/infinity/rerank": object, "/score": object,
		"/api/v1/services/rerank/text-rerank/text-rerank": object, "/api/rerank": text,
	} {
		fail(t, route(t, path).Form(), errors.New("why"), 400, "InvalidParameter", 400, want)
	}
	form, err := readError(t, "/rerank", `{"query":"q","documents":[7],"property":""}`)
	fail(t, form, err, 400, "InvalidParameter", 400, text)
	form, err = readError(t, "/rerank", `{"query":"q","texts":[7]}`)
	fail(t, form, err, 400, "InvalidParameter", 422, tei)
	form, err = readError(t, "/rerank", `{"query":"q","texts":[]}`)
	fail(t, form, err, 400, "InvalidParameter", 400, strings.ReplaceAll(tei, "Validation", "Empty"))
	for _, row := range []struct {
		status int
		code   string
		want   int
		kind   string
	}{
		{413, "InvalidParameter", 413, "Validation"}, {429, "Throttling", 429, "Overloaded"}, {503, "ModelUnavailable", 503, "Unhealthy"},
		{503, "InternalError", 424, "Backend"}, {500, "InternalError", 424, "Backend"},
	} {
		status, body := form.Fail(dialect.Problem{Status: row.status, Code: row.code}, errors.New("why"))
		data, err := json.Marshal(body)
		if err != nil || status != row.want || !strings.Contains(string(data), `"error_type":"`+row.kind+`"`) {
			t.Errorf("%d %s became %d %s, %v", row.status, row.code, status, data, err)
		}
	}
}

func fail(t *testing.T, f dialect.Form, err error, status int, code string, wantStatus int, want string) {
	t.Helper()
	got, body := f.Fail(dialect.Problem{Status: status, Code: code, Message: "why", RequestID: "r1"}, err)
	data, wrong := json.Marshal(body)
	if wrong != nil || got != wantStatus || string(data) != want {
		t.Errorf("%s: %d %s, %v\nwant %d %s", f.Name, got, data, wrong, wantStatus, want)
	}
}

// Tokens are counted as the service counts them, and the error tells the count.
func TestCheckTokens(t *testing.T) {
	form := route(t, "/v1/rerank").Form()
	counts := func(tokens, cut int, long bool) []rerank.Count {
		return []rerank.Count{{Tokens: tokens, Cut: cut, LongQuery: long}}
	}
	tests := []struct {
		name   string
		job    dialect.Job
		counts []rerank.Count
		strict bool
		says   string // empty: it is taken
	}{
		{"at the limit", dialect.Job{}, counts(120_000, 3, true), false, ""},
		{"above", dialect.Job{}, counts(120_001, 0, false), false,
			"the request has 120,001 tokens, those of the query counted once for each document: give at most 120,000, in several requests"},
		{"above in parts", dialect.Job{}, append(counts(100_000, 0, false), counts(1_100_000, 0, false)...), false, "the request has 1,200,000 tokens"},
		{"a long query, strictly", dialect.Job{}, counts(100, 1, true), true, "query has more than 4,000 tokens: shorten it"},
		{"a long document, strictly", dialect.Job{}, counts(100, 1, false), true, ""},
		{"not to be cut", dialect.Job{Whole: true}, counts(100, 2, false), false, "texts that are longer than the model reads: 2: shorten them, or let them be truncated"},
		{"not to be cut, and whole", dialect.Job{Whole: true}, counts(100, 0, false), false, ""},
	}
	for _, test := range tests {
		err := form.CheckTokens(test.job, test.counts, test.strict)
		if test.says == "" && err != nil || test.says != "" && (!errors.Is(err, dialect.ErrInvalid) || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%s: %v, want %q", test.name, err, test.says)
		}
	}
	for _, path := range []string{"/v2/rerank", "/rerank"} {
		if err := route(t, path).Form().CheckTokens(dialect.Job{}, counts(1<<30, 0, true), true); err != nil {
			t.Errorf("%s has no limit for a request: %v", path, err)
		}
	}
}

func TestTokenLimits(t *testing.T) {
	for _, test := range []struct {
		path string
		max  int
		want rerank.Limits
	}{
		{"/v1/rerank", 0, rerank.Limits{Query: 4000, Document: 4000}},
		{"/v1/rerank", 512, rerank.Limits{Query: 4000, Document: 512}},
		{"/v1/rerank", 8000, rerank.Limits{Query: 4000, Document: 4000}},
		{"/v2/rerank", 0, rerank.Limits{Document: 4096}},
		{"/infinity/rerank", 512, rerank.Limits{Document: 512}},
	} {
		if got := route(t, test.path).Form().TokenLimits(dialect.Job{MaxTokens: test.max}); got != test.want {
			t.Errorf("%s, %d a document: %+v", test.path, test.max, got)
		}
	}
}
