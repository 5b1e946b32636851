package remote_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/remote"
)

// refusing answers as a server with a context of some tokens does, of which each byte is one and a prompt of 70 the rest:
// it refuses a request with a longer pair by status 400 and body.
func refusing(t *testing.T, context int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f := formOf(t, r)
		for _, d := range f.Documents {
			if 70+len(f.Query)+len(d) >= context {
				say(http.StatusBadRequest, body)(w, r)
				return
			}
		}
		scoreAll(t)(w, r)
	}
}

func llamaModels(meta string) map[string]string {
	return map[string]string{"/v1/models": `{"data":[{"id":"m","owned_by":"llamacpp","meta":` + meta + `}]}`}
}

const llamaRefusal = `{"error":{"code":400,"message":"request (5079 tokens) exceeds the available context size (2048 tokens), ` +
	`try increasing it","type":"exceed_context_size_error","n_prompt_tokens":5079,"n_ctx":2048}}`

func vllmRefusal(message string) string {
	return `{"error":{"message":"` + message + `","type":"BadRequestError","param":null,"code":400}}`
}

// Each byte is a token to these servers, so that a long text does not fit by the first estimate.
func TestLongDocumentsAreCutUntilTheyFit(t *testing.T) {
	vllm := map[string]string{"/v1/models": `{"data":[{"id":"m","owned_by":"vllm","max_model_len":2048}]}`}
	long, longer := strings.Repeat("x", 4000), strings.Repeat("ä", 9000)
	const fits = 2048 - 1 - 128 - 3 // beside the query "tea" and the prompt, by the strict estimate
	for _, test := range []struct {
		name    string
		pages   map[string]string
		refusal string
	}{
		{"llama-server", llamaModels(`{"n_ctx":2048}`), llamaRefusal},
		{"llama-server that does not say its context", llamaModels(`null`), llamaRefusal},
		{"llama-server started again with less", llamaModels(`{"n_ctx":8192}`), llamaRefusal},
		{"vllm", vllm, vllmRefusal("You passed 2049 input tokens and requested 0 output tokens. However, the model's context length is only 2048 tokens")},
		{"vllm's engine", vllm, vllmRefusal("The decoder prompt (length 2049) is longer than the maximum model length of 2048")},
		{"older vllm", vllm, vllmRefusal("This model's maximum context length is 2048 tokens. However, you requested 2049")},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := serve(t, test.pages, refusing(t, 2048, test.refusal))
			c := open(t, remote.Config{URL: server.URL})
			task := rerank.Task{Query: "tea", Documents: []string{"a", long, "b", longer}}
			scores, err := rerank.Rank(t.Context(), c, task, 0)
			check(t, err)
			if len(scores) != len(task.Documents) {
				t.Fatalf("%d documents judged of %d", len(scores), len(task.Documents))
			}
			var sent [][]int // sizes of documents, by request
			for _, r := range server.posts() {
				var sizes []int
				for _, d := range r.Body.(map[string]any)["documents"].([]any) {
					sizes = append(sizes, len(d.(string)))
				}
				sent = append(sent, sizes)
			}
			// all together; then each alone, and those that are still too long tighter
			loose := sent[0]
			want := [][]int{{1, loose[1], 1, loose[3]}, {1}, {loose[1]}, {fits}, {1}, {loose[3]}, {fits}}
			if diff := cmp.Diff(want, sent); diff != "" || loose[1] <= fits {
				t.Error("bytes of the documents of each request (-want +got):\n" + diff)
			}
		})
	}
}

func TestTextsAreCutBeforeTheyAreSent(t *testing.T) {
	server := serve(t, llamaModels(`{"n_ctx":1024}`), scoreAll(t))
	c := open(t, remote.Config{URL: server.URL})
	const room = 1024 - 1 - 128
	for _, test := range []struct{ query, document, sentQuery, sentDocument int }{
		{10, 20, 10, 20},
		{9, 9000, 9, 3 * (room - 3)},
		{9000, 20, 3 * (room / 2), 20},
		{9000, 9000, 3 * (room / 2), 3 * (room - room/2)},
	} {
		before := len(server.posts())
		task := rerank.Task{Query: strings.Repeat("q", test.query), Documents: []string{strings.Repeat("d", test.document)}}
		_, err := rerank.Rank(t.Context(), c, task, 0)
		check(t, err)
		got := server.posts()[before].Body.(map[string]any)
		if q, d := len(got["query"].(string)), len(got["documents"].([]any)[0].(string)); q != test.sentQuery || d != test.sentDocument {
			t.Errorf("%+v: %d and %d bytes were sent", test, q, d)
		}
	}
}

// What is together too much for the slots of a server goes one by one, while this client asks for nothing else.
func TestACrowdedServerIsAskedForOneDocumentAtATime(t *testing.T) {
	crowded := say(http.StatusInternalServerError, `{"error":{"code":500,"message":"Context size has been exceeded.","type":"server_error"}}`)
	synctest.Test(t, func(t *testing.T) {
		var now, together, single atomic.Int32
		c := inMemory(t, remote.Config{Dialect: "llama-server", Batch: 4}, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				say(http.StatusOK, llamaModels(`{"n_ctx":2048}`)[r.URL.Path])(w, r)
				return
			}
			beside := now.Add(1) - 1
			defer now.Add(-1)
			time.Sleep(time.Second)
			switch n := len(documentsOf(t, r)); {
			case n > 1:
				together.Add(1)
				crowded(w, r)
				return
			case beside > 0:
				t.Errorf("one document was sent beside %d other requests", beside)
			case single.Add(1) == 3: // somebody else asks for much
				crowded(w, r)
				return
			}
			scoreAll(t)(w, r)
		})
		scores, err := rerank.Rank(t.Context(), c, documents(14), 0)
		check(t, err)
		if len(scores) != 14 || together.Load() != 4 || single.Load() != 14+1 {
			t.Errorf("%d documents judged by %d requests for several and %d for one, want 14, 4 and 15", len(scores), together.Load(), single.Load())
		}
	})

	server := serve(t, llamaModels(`{"n_ctx":2048}`), crowded)
	c := open(t, remote.Config{URL: server.URL, Retries: -1})
	_, err := rerank.Rank(t.Context(), c, documents(2), 0)
	mention(t, err, "its slots share a context that is too small for all of them (status 500: Context size has been exceeded.)", "--ctx-size", "-np 1")
}

func TestWhatCannotFit(t *testing.T) {
	for _, test := range []struct {
		name     string
		context  int // that it says it has
		instruct string
		says     string
	}{
		{"no room", 128, "", "its context of 128 tokens has no room for a query and a document: start it with a larger one"},
		{"an instruction without end", 2048, strings.Repeat("Find drinks. ", 700), "or shorten the instruction"},
		{"whatever is sent", 2048, "", "a document is too long for it (status 400: This model's maximum context length is 1 tokens): start it with a larger context"},
	} {
		t.Run(test.name, func(t *testing.T) {
			pages := map[string]string{
				"/v1/models":    fmt.Sprintf(`{"data":[{"id":"m","owned_by":"vllm","max_model_len":%d}]}`, test.context),
				"/openapi.json": `{"components":{"schemas":{"RerankRequest":{"properties":{"instruction":{}}}}}}`,
			}
			server := serve(t, pages, refusing(t, 1, vllmRefusal("This model's maximum context length is 1 tokens")))
			c := open(t, remote.Config{URL: server.URL})
			_, err := rerank.Rank(t.Context(), c, drinks(test.instruct), 0)
			mention(t, err, server.URL+"/v1/rerank: ", test.says)
		})
	}
}

func TestScoresOfDocumentsAskedAloneStand(t *testing.T) {
	server := serve(t, llamaModels(`{"n_ctx":2048}`), func(w http.ResponseWriter, r *http.Request) {
		switch documents := documentsOf(t, r); {
		case len(documents) > 1:
			say(http.StatusBadRequest, llamaRefusal)(w, r)
		case documents[0] == "document 2":
			say(http.StatusBadRequest, "no")(w, r)
		default:
			scoreAll(t)(w, r)
		}
	})
	c := open(t, remote.Config{URL: server.URL})
	var judged []int
	for s, err := range c.Score(t.Context(), documents(5)) {
		if err != nil {
			mention(t, err, "status 400: no")
			break
		}
		judged = append(judged, s.Index)
	}
	if !slices.Equal(judged, []int{0, 1}) {
		t.Errorf("judged %v, want 0 and 1", judged)
	}
}

// What spells control tokens is changed for servers that would read them as such, and for nobody else.
func TestControlTokensAreSpeltOtherwise(t *testing.T) {
	want := map[string][3]string{
		"llama-server": {"< think>{ document}", "< |im_end|>{document}", ""},
		"vllm":         {"< think>{document}", "< |im_end|>{document}", "find < think>"},
		"tei":          {"< think>{document}", "< |im_end|>{document}", ""},
		"infinity":     {"< think>{document}", "< |im_end|>{document}", ""},
	}
	for _, test := range dialectTests {
		server := serve(t, test.pages, say(http.StatusOK, test.answer))
		c := open(t, remote.Config{URL: server.URL, Dialect: test.dialect, Model: test.model})
		task := rerank.Task{Query: "<think>{document}", Documents: []string{"<|im_end|>{document}", ""}}
		if test.instruct != "" {
			task.Instruct = "find <think>"
		}
		_, err := rerank.Rank(t.Context(), c, task, 0)
		check(t, err)
		expected, changed := want[test.dialect]
		if !changed {
			expected = [3]string{task.Query, task.Documents[0], task.Instruct}
		}
		if test.instruct == "" {
			expected[2] = ""
		}
		sent := fmt.Sprint(server.posts()[0].Body)
		for _, text := range expected {
			if !strings.Contains(sent, text) {
				t.Errorf("%s: %q is not in the request %s", test.dialect, text, sent)
			}
		}
	}
}
