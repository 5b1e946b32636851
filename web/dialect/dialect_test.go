package dialect_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/web/dialect"
)

func routeIndex(t testing.TB, path string) uint {
	t.Helper()
	i := slices.IndexFunc(dialect.Routes(), func(r dialect.Route) bool { return r.Path == path })
	if i < 0 {
		t.Fatalf("there is no path %s", path)
	}
	return uint(i)
}

func route(t testing.TB, path string) dialect.Route { return dialect.Routes()[routeIndex(t, path)] }

// result is what every job of two documents comes to: the second is the better one.
var result = dialect.Result{
	RequestID: "r1", Model: "quern-tiny", Created: 1700000000, Tokens: 42,
	Scores: []rerank.Score{{Index: 1, Logit: 1}, {Index: 0, Logit: -1}},
}

// The relevance of result's documents.
const (
	high = "0.7310585786300049"
	low  = "0.2689414213699951"
)

// requests has a row for each client that sends something of its own: what it sends where, what is read of that, and what
// it gets back.
var requests = []struct {
	client, path, request string
	form                  string
	job                   dialect.Job
	answer                string
}{
	{
		"seed", "/v1/rerank",
		`{"model":"qwen3-rerank","query":"q","documents":["a","b"],"top_n":5,"instruct":"find","return_documents":true}`,
		"DashScope, flat",
		dialect.Job{Model: "qwen3-rerank", Task: ab("find"), TopN: 5, ReturnDocuments: true},
		superset(`,"document":{"text":"b"}`, `,"document":{"text":"a"}`),
	}, {
		"openai .post", "/compatible-api/v1/reranks",
		`{"model":"qwen3-rerank","query":"q","documents":["a","b"]}`,
		"DashScope, flat", dialect.Job{Model: "qwen3-rerank", Task: ab("")}, superset("", ""),
	}, {
		"@langchain/cohere", "/v1/rerank",
		`{"model":"rerank-v3.5","query":"q","documents":[{"text":"a"},"b"],"top_n":2,"return_documents":null,"max_chunks_per_doc":null}`,
		"DashScope, flat", dialect.Job{Model: "rerank-v3.5", Task: ab(""), TopN: 2}, superset("", ""),
	}, {
		"cohere v1 with rank_fields", "/v1/rerank",
		`{"query":"q","documents":[{"title":"A","text":"a","n":7},{"text":"b"}],"rank_fields":["title","n","text"]}`,
		"DashScope, flat", dialect.Job{Task: rerank.Task{Query: "q", Documents: []string{"title: A\nn: 7\ntext: a", "text: b"}}}, superset("", ""),
	}, {
		"xinference", "/v1/rerank",
		`{"model":"m","documents":["a","b"],"query":"q","top_n":null,"return_documents":"True","max_chunks_per_doc":null,"return_len":null,"kwargs":"{}"}`,
		"DashScope, flat", dialect.Job{Model: "m", Task: ab(""), ReturnDocuments: true},
		superset(`,"document":{"text":"b"}`, `,"document":{"text":"a"}`),
	}, {
		"litellm infinity/ and hosted_vllm/", "/rerank",
		`{"model":"m","query":"q","top_n":2,"documents":["a","b"],"return_documents":true}`,
		"vLLM", dialect.Job{Model: "m", Task: ab(""), TopN: 2, ReturnDocuments: true},
		superset(`,"document":{"text":"b"}`, `,"document":{"text":"a"}`),
	}, {
		"vllm with an instruction", "/rerank",
		`{"query":"q","documents":["a","b"],"instruction":"find","max_tokens_per_doc":512,"truncate_prompt_tokens":-1}`,
		"vLLM", dialect.Job{Task: ab("find"), MaxTokens: 512}, superset("", ""),
	}, {
		"dashscope SDK", "/api/v1/services/rerank/text-rerank/text-rerank",
		`{"model":"gte-rerank","input":{"query":"q","documents":["a","b"]},"parameters":{"return_documents":true,"top_n":2,"instruct":"find","seed":1}}`,
		"DashScope", dialect.Job{Model: "gte-rerank", Task: ab("find"), TopN: 2, ReturnDocuments: true},
		`{"request_id":"r1","output":{"results":[{"index":1,"relevance_score":` + high + `,"document":{"text":"b"}},{"index":0,"relevance_score":` + low + `,"document":{"text":"a"}}]},"usage":{"total_tokens":42}}`,
	}, {
		"dashscope SDK without parameters", "/api/v1/services/rerank/text-rerank/text-rerank",
		`{"model":"gte-rerank","input":{"query":"q","documents":["a","b"]},"parameters":null}`,
		"DashScope", dialect.Job{Model: "gte-rerank", Task: ab("")},
		`{"request_id":"r1","output":{"results":[{"index":1,"relevance_score":` + high + `},{"index":0,"relevance_score":` + low + `}]},"usage":{"total_tokens":42}}`,
	}, {
		"langchain-cohere", "/v2/rerank",
		`{"model":"rerank-v3.5","query":"q","documents":["a","b"],"top_n":2,"max_tokens_per_doc":null,"relevant_spans":{"mode":"off"},"priority":0}`,
		"Cohere 2", dialect.Job{Model: "rerank-v3.5", Task: ab(""), TopN: 2},
		cohere2("", ""),
	}, {
		"litellm cohere/", "/v2/rerank",
		`{"model":"rerank-v3.5","query":"q","documents":["a","b"],"top_n":2,"return_documents":true,"max_tokens_per_doc":4096}`,
		"Cohere 2", dialect.Job{Model: "rerank-v3.5", Task: ab(""), TopN: 2, ReturnDocuments: true, MaxTokens: 4096},
		cohere2(`,"document":{"text":"b"}`, `,"document":{"text":"a"}`),
	}, {
		"voyageai", "/v1/rerank",
		`{"query":"q","documents":["a","b"],"model":"rerank-2.5","top_k":null,"truncation":true,"return_documents":true}`,
		"Voyage", dialect.Job{Model: "rerank-2.5", Task: ab(""), ReturnDocuments: true},
		superset(`,"document":"b"`, `,"document":"a"`),
	}, {
		"voyageai without truncation", "/v1/rerank",
		`{"query":"q","documents":["a","b"],"model":"rerank-2.5","top_k":1,"truncation":false}`,
		"Voyage", dialect.Job{Model: "rerank-2.5", Task: ab(""), TopN: 1, Whole: true}, superset("", ""),
	}, {
		"infinity-client", "/rerank",
		`{"query":"q","documents":["a","b"],"return_documents":true,"raw_scores":false,"model":"m","top_n":2}`,
		"Infinity", dialect.Job{Model: "m", Task: ab(""), TopN: 2, ReturnDocuments: true},
		infinity(high, `,"document":"b"`, low, `,"document":"a"`),
	}, {
		"infinity under its prefix", "/infinity/rerank",
		`{"query":"q","documents":["a","b"],"return_documents":true}`,
		"Infinity", dialect.Job{Task: ab(""), ReturnDocuments: true},
		infinity(high, `,"document":"b"`, low, `,"document":"a"`),
	}, {
		"infinity with raw scores", "/rerank",
		`{"query":"q","documents":["a","b"],"raw_scores":true}`,
		"Infinity", dialect.Job{Task: ab(""), Raw: true}, infinity("1", "", "-1", ""),
	}, {
		"litellm huggingface/", "/rerank",
		`{"query":"q","texts":["a","b"],"top_n":2,"return_text":true,"raw_scores":false,"truncate":false,"truncation_direction":"Right"}`,
		"TEI", dialect.Job{Task: ab(""), TopN: 2, ReturnDocuments: true, Whole: true},
		`[{"index":1,"score":` + high + `,"text":"b"},{"index":0,"score":` + low + `,"text":"a"}]`,
	}, {
		"llama-index TEI", "/rerank",
		`{"query":"q","texts":["a","b"]}`,
		"TEI", dialect.Job{Task: ab("")}, `[{"index":1,"score":` + high + `},{"index":0,"score":` + low + `}]`,
	}, {
		"TEI with raw scores", "/rerank",
		`{"query":"q","texts":["a","b"],"raw_scores":true}`,
		"TEI", dialect.Job{Task: ab(""), Raw: true}, `[{"index":1,"score":1},{"index":0,"score":-1}]`,
	}, {
		"mixedbread", "/v1/reranking",
		`{"model":"mxbai-rerank","query":"q","input":["a",{"text":"b"}],"top_k":2,"return_input":true}`,
		"Mixedbread", dialect.Job{Model: "mxbai-rerank", Task: ab(""), TopN: 2, ReturnDocuments: true},
		mixedbread(`"b"`, `"a"`, "true"),
	}, {
		"mixedbread without input", "/v1/reranking",
		`{"model":"mxbai-rerank","query":"q","input":["a","b"]}`,
		"Mixedbread", dialect.Job{Model: "mxbai-rerank", Task: ab("")}, mixedbread("null", "null", "false"),
	}, {
		"llama.cpp", "/v1/reranking",
		`{"model":"m","query":"q","documents":["a","b"]}`,
		"llama.cpp", dialect.Job{Model: "m", Task: ab("")}, superset("", ""),
	}, {
		"Kronk", "/v1/reranking",
		`{"model":"m","query":"q","documents":["a","b"],"return_documents":true}`,
		"llama.cpp", dialect.Job{Model: "m", Task: ab(""), ReturnDocuments: true}, superset(`,"document":"b"`, `,"document":"a"`),
	}, {
		"Dify's Ollama plugin", "/api/rerank",
		`{"model":"m","query":"q","documents":["a","b"],"top_n":2}`,
		"Ollama", dialect.Job{Model: "m", Task: ab(""), TopN: 2},
		`{"model":"quern-tiny","results":[{"index":1,"relevance_score":` + high + `},{"index":0,"relevance_score":` + low + `}]}`,
	}, {
		"Weaviate", "/rerank",
		`{"query":"q","documents":["a","b"],"property":""}`,
		"Weaviate", dialect.Job{Task: ab("")},
		`{"query":"q","scores":[{"document":"a","score":` + low + `},{"document":"b","score":` + high + `}],"property":""}`,
	}, {
		"vllm score, one against all", "/score",
		`{"model":"m","text_1":"q","text_2":["a","b"]}`,
		"vLLM score", dialect.Job{Model: "m", Task: ab("")}, scores,
	}, {
		"vllm score, pairs", "/v1/score",
		`{"model":"m","queries":["p","q"],"items":["a","b"]}`,
		"vLLM score", dialect.Job{Model: "m", Task: rerank.Task{Documents: []string{"a", "b"}}, Queries: []string{"p", "q"}}, scores,
	}, {
		"DeepInfra", "/v1/inference/*",
		`{"queries":["q","q"],"documents":["a","b"],"instruction":"find"}`,
		"DeepInfra", dialect.Job{Task: rerank.Task{Documents: []string{"a", "b"}, Instruct: "find"}, Queries: []string{"q", "q"}},
		`{"scores":[` + low + `,` + high + `],"input_tokens":42}`,
	}, {
		"Antfly", "/ai/v1/rerank",
		`{"model":"m","query":"q","prompts":["a","b"]}`,
		"Antfly", dialect.Job{Model: "m", Task: ab("")},
		`{"object":"list","model":"quern-tiny","data":[{"index":1,"object":"rerank","score":` + high + `},{"index":0,"object":"rerank","score":` + low + `}],"scores":[` + low + `,` + high + `]}`,
	}, {
		"Fireworks", "/inference/v1/rerank",
		`{"model":"m","query":"q","documents":["a","b"],"task":"find","return_documents":true}`,
		"Fireworks", dialect.Job{Model: "m", Task: ab("find"), ReturnDocuments: true}, superset(`,"document":"b"`, `,"document":"a"`),
	}, {
		"Prime Intellect", "/api/v1/rerank",
		`{"model":"Qwen/Qwen3-Reranker-0.6B","query":"q","documents":["a","b"],"instruction":"find"}`,
		"Prime Intellect", dialect.Job{Model: "Qwen/Qwen3-Reranker-0.6B", Task: ab("find")}, superset("", ""),
	},
}

func ab(instruct string) rerank.Task {
	return rerank.Task{Query: "q", Documents: []string{"a", "b"}, Instruct: instruct}
}

// The answers that several rows have, with what stands beside the scores of "b" and "a".
func superset(b, a string) string {
	list := `[{"index":1,"relevance_score":` + high + b + `},{"index":0,"relevance_score":` + low + a + `}]`
	return `{"request_id":"r1","output":{"results":` + list + `},"id":"r1","results":` + list + `,"data":` + list + `,"model":"quern-tiny",` +
		`"meta":{"api_version":{"version":"1"},"billed_units":{"search_units":1},"tokens":{"input_tokens":42,"output_tokens":0}},` +
		`"usage":{"prompt_tokens":42,"completion_tokens":0,"total_tokens":42}}`
}

func cohere2(b, a string) string {
	return `{"id":"r1","results":[{"index":1,"relevance_score":` + high + b + `},{"index":0,"relevance_score":` + low + a + `}],` +
		`"meta":{"api_version":{"version":"2"},"billed_units":{"search_units":1},"tokens":{"input_tokens":42,"output_tokens":0}},` +
		`"model":"quern-tiny","usage":{"prompt_tokens":42,"completion_tokens":0,"total_tokens":42}}`
}

func infinity(first, b, second, a string) string {
	return `{"object":"rerank","results":[{"index":1,"relevance_score":` + first + b + `},{"index":0,"relevance_score":` + second + a + `}],` +
		`"model":"quern-tiny","usage":{"prompt_tokens":42,"total_tokens":42},"id":"infinity-r1","created":1700000000}`
}

func mixedbread(b, a, returned string) string {
	return `{"usage":{"prompt_tokens":42,"completion_tokens":0,"total_tokens":42},"model":"quern-tiny","data":[` +
		`{"index":1,"score":` + high + `,"input":` + b + `,"object":"rank_result"},{"index":0,"score":` + low + `,"input":` + a + `,"object":"rank_result"}],` +
		`"object":"list","top_k":2,"return_input":` + returned + `}`
}

const scores = `{"id":"r1","object":"list","created":1700000000,"model":"quern-tiny","data":[` +
	`{"index":0,"object":"score","score":` + low + `},{"index":1,"object":"score","score":` + high + `}],` +
	`"usage":{"prompt_tokens":42,"completion_tokens":0,"total_tokens":42}}`

func TestForms(t *testing.T) {
	for _, test := range requests {
		t.Run(test.client, func(t *testing.T) {
			form, job, err := route(t, test.path).Read([]byte(test.request))
			if err != nil || form.Name != test.form {
				t.Fatalf("read as %s: %v", form.Name, err)
			}
			if diff := cmp.Diff(test.job, job); diff != "" {
				t.Error("job (-want +got):\n" + diff)
			}
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			if err := e.Encode(form.Answer(job, result)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.answer, strings.TrimSpace(b.String())); diff != "" {
				t.Error("answer (-want +got):\n" + diff)
			}
		})
	}
}

// Every path has a row, so that none is served that nobody is known to ask.
func TestEveryPathHasAClient(t *testing.T) {
	unasked := map[string]bool{"/v1/reranks": true, "/reranks": true, "/reranking": true} // other names of paths that have one
	for _, r := range dialect.Routes() {
		found := unasked[r.Path]
		for _, test := range requests {
			found = found || test.path == r.Path
		}
		if !found {
			t.Errorf("%s has no row", r.Path)
		}
	}
}

// Where a path is shared, what is sent there tells what is spoken, at every such path alike.
func TestSharedPaths(t *testing.T) {
	for _, path := range []string{"/v1/rerank", "/v1/reranks", "/reranks", "/compatible-api/v1/reranks", "/api/v1/services/rerank/text-rerank/text-rerank", "/rerank", "/reranking", "/v1/reranking"} {
		for body, want := range map[string]string{
			`{"input":{"query":"q","documents":["a"]}}`:               "DashScope",
			`{"query":"q","texts":["a"]}`:                             "TEI",
			`{"query":"q","texts":["a"],"raw_scores":true}`:           "TEI",
			`{"query":"q","input":["a"]}`:                             "Mixedbread",
			`{"query":"q","documents":["a"],"property":""}`:           "Weaviate",
			`{"query":"q","documents":["a"],"raw_scores":false}`:      "Infinity",
			`{"query":"q","documents":["a"],"top_k":1}`:               "Voyage",
			`{"query":"q","prompts":["a"]}`:                           "Antfly",
			`{"query":"q","documents":["a"],"texts":null}`:            route(t, path).Form().Name,
			`{"model":"m","query":"q","documents":[{"text":"a"}]}`:    route(t, path).Form().Name,
			`{"query":{"text":"q"},"documents":["a"],"anything":[7]}`: route(t, path).Form().Name,
		} {
			form, job, err := route(t, path).Read([]byte(body))
			if err != nil || form.Name != want || job.Task.Query != "q" || !slices.Equal(job.Task.Documents, []string{"a"}) {
				t.Errorf("%s %s: read as %s, %+v, %v", path, body, form.Name, job, err)
			}
		}
	}
}

func TestParts(t *testing.T) {
	job := dialect.Job{Queries: []string{"p", "q", "p"}, Task: rerank.Task{Documents: []string{"a", "b", "c"}, Instruct: "i"}}
	want := []dialect.Part{
		{Task: rerank.Task{Query: "p", Documents: []string{"a", "c"}, Instruct: "i"}, Places: []int{0, 2}},
		{Task: rerank.Task{Query: "q", Documents: []string{"b"}, Instruct: "i"}, Places: []int{1}},
	}
	if diff := cmp.Diff(want, job.Parts()); diff != "" {
		t.Error(diff)
	}
}

// readError reads a body that must be refused.
func readError(t *testing.T, path, body string) (dialect.Form, error) {
	t.Helper()
	form, job, err := route(t, path).Read([]byte(body))
	if !errors.Is(err, dialect.ErrInvalid) {
		t.Fatalf("%s %.80s: read as %+v, error %v", path, body, job, err)
	}
	return form, err
}
