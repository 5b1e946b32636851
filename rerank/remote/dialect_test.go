package remote_test

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/remote"
)

// drinks is the task of every row below.
func drinks(instruct string) rerank.Task {
	return rerank.Task{Query: "tea", Documents: []string{"Tea is a drink.", "Chess."}, Instruct: instruct}
}

// dialectTests are stand-ins written from the published schema of each API. That of llama-server says what the real one
// does, which llama_test.go runs.
var dialectTests = []struct {
	dialect  string
	model    string
	pages    map[string]string // what it says of itself
	instruct string            // empty: it cannot carry one

	path    string
	request string // to drinks(instruct), as JSON
	header  []string
	answer  string
	logits  []float64
	tokens  []int

	status int // of an error in the dialect's own form
	refuse string
	says   string
}{
	{
		dialect: "cohere1", model: "rerank-v3.5", path: "/v1/rerank",
		request: `{"model":"rerank-v3.5","query":"tea","documents":["Tea is a drink.","Chess."],"top_n":2,"return_documents":false}`,
		answer: `{"id":"07734bd2","results":[{"index":0,"relevance_score":0.9},{"index":1,"relevance_score":0.25}],
			"meta":{"api_version":{"version":"1"},"billed_units":{"search_units":1},"tokens":{"input_tokens":32,"output_tokens":0}}}`,
		logits: []float64{math.Log(9), -math.Log(3)}, tokens: []int{21, 11},
		status: 400, refuse: `{"message":"invalid request: model 'x' not found"}`, says: "model 'x' not found",
	},
	{
		dialect: "cohere2", model: "rerank-v3.5", path: "/v2/rerank",
		request: `{"model":"rerank-v3.5","query":"tea","documents":["Tea is a drink.","Chess."],"top_n":2}`,
		answer: `{"id":"07734bd2","results":[{"index":1,"relevance_score":0.25},{"index":0,"relevance_score":0.9}],
			"meta":{"api_version":{"version":"2"},"billed_units":{"search_units":1},"warnings":[]}}`,
		logits: []float64{math.Log(9), -math.Log(3)}, tokens: []int{0, 0},
		status: 498, refuse: `{"id":"1","message":"invalid token"}`, says: "status 498: invalid token",
	},
	{
		dialect: "jina", model: "jina-reranker-m0", path: "/v1/rerank",
		request: `{"model":"jina-reranker-m0","query":"tea","documents":["Tea is a drink.","Chess."],"top_n":2,"return_documents":false}`,
		answer:  `{"model":"jina-reranker-m0","object":"list","usage":{"total_tokens":32},"results":[{"index":0,"relevance_score":0.9},{"index":1,"relevance_score":0.25}]}`,
		logits:  []float64{math.Log(9), -math.Log(3)}, tokens: []int{21, 11},
		status: 422, refuse: `{"detail":"[Model not found] jina-reranker-m9"}`, says: "[Model not found] jina-reranker-m9",
	},
	{
		dialect: "voyage", model: "rerank-2.5", path: "/v1/rerank",
		request: `{"model":"rerank-2.5","query":"tea","documents":["Tea is a drink.","Chess."],"top_k":2,"return_documents":false,"truncation":true}`,
		answer:  `{"object":"list","data":[{"index":0,"relevance_score":0.9},{"index":1,"relevance_score":0.25}],"model":"rerank-2.5","usage":{"total_tokens":32}}`,
		logits:  []float64{math.Log(9), -math.Log(3)}, tokens: []int{21, 11},
		status: 400, refuse: `{"detail":"Model x is not supported."}`, says: "Model x is not supported.",
	},
	{
		dialect: "dashscope", model: "qwen3-rerank", instruct: "Find drinks", path: "/api/v1/services/rerank/text-rerank/text-rerank",
		request: `{"model":"qwen3-rerank","input":{"query":"tea","documents":["Tea is a drink.","Chess."]},
			"parameters":{"top_n":2,"return_documents":false,"instruct":"Find drinks"}}`,
		answer: `{"output":{"results":[{"index":1,"relevance_score":0.25},{"index":0,"relevance_score":0.9}]},"usage":{"total_tokens":32},"request_id":"b042"}`,
		logits: []float64{math.Log(9), -math.Log(3)}, tokens: []int{21, 11},
		status: 400, refuse: `{"code":"InvalidParameter","message":"Range of input length should be [1, 120000]","request_id":"b042"}`,
		says: "Range of input length should be [1, 120000]",
	},
	{
		dialect: "dashscope-compatible", model: "qwen3-rerank", instruct: "Find drinks", path: "/compatible-api/v1/reranks",
		request: `{"model":"qwen3-rerank","query":"tea","documents":["Tea is a drink.","Chess."],"top_n":2,"instruct":"Find drinks"}`,
		answer:  `{"object":"list","results":[{"index":1,"relevance_score":0.25},{"index":0,"relevance_score":0.9}],"model":"qwen3-rerank","id":"1","usage":{"total_tokens":32}}`,
		logits:  []float64{math.Log(9), -math.Log(3)}, tokens: []int{21, 11},
		status: 200, refuse: `{"code":"ModelNotFound","message":"The model x does not exist.","request_id":"1"}`, says: "The model x does not exist.",
	},
	{
		dialect: "tei", path: "/rerank",
		pages: map[string]string{"/info": `{"model_id":"BAAI/bge-reranker-base","model_sha":"2cfc18c9","model_dtype":"float16",
			"model_type":{"reranker":{"id2label":{"0":"LABEL_0"},"label2id":{"LABEL_0":0}}},"max_concurrent_requests":512,
			"max_input_length":512,"max_batch_tokens":16384,"max_client_batch_size":32,"auto_truncate":false,"version":"1.8.2"}`},
		request: `{"query":"tea","texts":["Tea is a drink.","Chess."],"raw_scores":true,"return_text":false,"truncate":true}`,
		header:  []string{"X-Compute-Tokens", "32"},
		answer:  `[{"index":0,"score":20.5},{"index":1,"score":-7.25}]`,
		logits:  []float64{20.5, -7.25}, tokens: []int{21, 11},
		status: 424, refuse: `{"error":"Inference failed","error_type":"Backend"}`, says: "Inference failed",
	},
	{
		dialect: "tei", path: "/rerank", // or something that only looks like it: no /info, so no raw scores
		request: `{"query":"tea","texts":["Tea is a drink.","Chess."],"raw_scores":false,"return_text":false,"truncate":true}`,
		answer:  `[{"index":0,"score":0.9},{"index":1,"score":0.25}]`,
		logits:  []float64{math.Log(9), -math.Log(3)}, tokens: []int{0, 0},
		status: 413, refuse: `{"error":"batch size 70 > maximum allowed batch size 32","error_type":"Validation"}`, says: "maximum allowed batch size 32): a document may be too long",
	},
	{
		dialect: "llama-server", path: "/v1/rerank",
		pages: map[string]string{"/v1/models": `{"object":"list","data":[{"id":"qwen3-reranker.gguf","object":"model","owned_by":"llamacpp",
			"meta":{"vocab_type":2,"n_vocab":151936,"n_ctx":8192,"n_ctx_train":40960,"ftype":"Q8_0"}}]}`},
		request: `{"model":"qwen3-reranker.gguf","query":"tea","documents":["Tea is a drink.","Chess."]}`,
		answer: `{"model":"qwen3-reranker.gguf","object":"list","usage":{"prompt_tokens":32,"total_tokens":32},
			"results":[{"index":0,"relevance_score":0.9},{"index":1,"relevance_score":0.25}]}`,
		logits: []float64{math.Log(9), -math.Log(3)}, tokens: []int{21, 11},
		status: 501, refuse: `{"error":{"code":501,"message":"This server does not support reranking. Start it with ` + "`--reranking`" + `","type":"not_supported_error"}}`,
		says: "start llama-server with --reranking",
	},
	{
		dialect: "vllm", path: "/v1/rerank", instruct: "Find drinks",
		pages: map[string]string{
			"/v1/models":    `{"object":"list","data":[{"id":"Qwen/Qwen3-Reranker-0.6B","object":"model","owned_by":"vllm","max_model_len":8192}]}`,
			"/openapi.json": `{"components":{"schemas":{"RerankRequest":{"properties":{"query":{},"documents":{},"instruction":{}}}}}}`,
			"/version":      `{"version":"0.15.0"}`,
		},
		request: `{"model":"Qwen/Qwen3-Reranker-0.6B","query":"tea","documents":["Tea is a drink.","Chess."],"top_n":2,"instruction":"Find drinks"}`,
		answer: `{"id":"rerank-1","model":"Qwen/Qwen3-Reranker-0.6B","usage":{"prompt_tokens":32,"total_tokens":32},
			"results":[{"index":0,"document":{"text":"Tea is a drink.","multi_modal":null},"relevance_score":0.9},
			{"index":1,"document":{"text":"Chess.","multi_modal":null},"relevance_score":0.25}]}`,
		logits: []float64{math.Log(9), -math.Log(3)}, tokens: []int{21, 11},
		status: 400, refuse: `{"error":{"message":"This model's maximum context length is 8192 tokens","type":"BadRequestError","param":null,"code":400}}`,
		says: "maximum context length is 8192 tokens",
	},
	{
		dialect: "vllm", path: "/v1/rerank", // an older one, whose schema has no instruction
		pages: map[string]string{
			"/v1/models":    `{"object":"list","data":[{"id":"q","object":"model","owned_by":"vllm"}]}`,
			"/openapi.json": `{"components":{"schemas":{"RerankRequest":{"properties":{"query":{}}},"ChatRequest":{"properties":{"instruction":{}}}}}}`,
		},
		request: `{"model":"q","query":"tea","documents":["Tea is a drink.","Chess."],"top_n":2}`,
		answer:  `{"id":"rerank-1","model":"q","usage":{"total_tokens":32},"results":[{"index":0,"relevance_score":0.9},{"index":1,"relevance_score":0.25}]}`,
		logits:  []float64{math.Log(9), -math.Log(3)}, tokens: []int{21, 11},
		status: 404, refuse: `{"error":{"message":"The model r does not exist.","type":"NotFoundError","param":"model","code":404}}`,
		says: "The model r does not exist.",
	},
	{
		dialect: "infinity", path: "/rerank",
		pages: map[string]string{"/models": `{"object":"list","data":[
			{"id":"e","object":"model","owned_by":"infinity","capabilities":["embed"]},
			{"id":"mixedbread-ai/mxbai-rerank-xsmall-v1","object":"model","owned_by":"infinity","capabilities":["rerank"]}]}`},
		request: `{"model":"mixedbread-ai/mxbai-rerank-xsmall-v1","query":"tea","documents":["Tea is a drink.","Chess."],
			"top_n":2,"return_documents":false,"raw_scores":false}`,
		answer: `{"object":"rerank","results":[{"relevance_score":0.9,"index":0,"document":null},{"relevance_score":0.25,"index":1,"document":null}],
			"model":"m","usage":{"prompt_tokens":700,"total_tokens":700},"id":"infinity-1","created":1}`,
		logits: []float64{math.Log(9), -math.Log(3)}, tokens: []int{0, 0}, // its usage counts characters
		status: 429, refuse: `{"error":{"message":"model overloaded","type":null,"param":null,"code":429}}`, says: "status 429: model overloaded",
	},
	{
		dialect: "quern", path: "/v1/rerank", instruct: "Find drinks",
		pages: map[string]string{
			"/version": `{"version":"1.0","go":"go1.26"}`,
			"/readyz":  `{"status":"ready","documents":3,"model":{"state":"ready","name":"quern-tiny","kind":"qwen3"}}`,
		},
		request: `{"model":"quern-tiny","query":"tea","documents":["Tea is a drink.","Chess."],"top_n":2,"return_documents":false,"instruct":"Find drinks"}`,
		answer:  `{"request_id":"1","output":{"results":[{"index":0,"relevance_score":0.9},{"index":1,"relevance_score":0.25}]},"usage":{"total_tokens":32}}`,
		logits:  []float64{math.Log(9), -math.Log(3)}, tokens: []int{21, 11},
		status: 400, refuse: `{"code":"InvalidParameter","message":"documents is empty","request_id":"1"}`, says: "documents is empty",
	},
}

func TestDialects(t *testing.T) {
	for _, test := range dialectTests {
		t.Run(test.dialect, func(t *testing.T) {
			answer := say(http.StatusOK, test.answer, test.header...)
			server := serve(t, test.pages, func(w http.ResponseWriter, r *http.Request) { answer(w, r) })
			c := open(t, remote.Config{URL: server.URL, Dialect: test.dialect, Model: test.model, Key: "secret", Retries: -1})

			scores, err := rerank.Rank(t.Context(), c, drinks(test.instruct), 0)
			check(t, err)
			for _, s := range scores {
				if math.Abs(s.Logit-test.logits[s.Index]) > 1e-12 || s.Tokens != test.tokens[s.Index] {
					t.Errorf("document %d: logit %v, %d tokens; want %v, %d", s.Index, s.Logit, s.Tokens, test.logits[s.Index], test.tokens[s.Index])
				}
			}
			var want any
			check(t, json.Unmarshal([]byte(test.request), &want))
			if diff := cmp.Diff([]request{{test.path, "Bearer secret", want}}, server.posts()); diff != "" {
				t.Error("requests (-want +got):\n" + diff)
			}

			answer = say(test.status, test.refuse)
			_, err = rerank.Rank(t.Context(), c, drinks(test.instruct), 0)
			mention(t, err, server.URL+test.path, test.says)
			if test.instruct == "" {
				_, err = rerank.Rank(t.Context(), c, drinks("Find drinks"), 0)
				mention(t, err, "no way to be given an instruction")
			}
		})
	}
	for _, name := range remote.Dialects() {
		if !tested(name) {
			t.Errorf("dialect %s has no row", name)
		}
	}
}

func tested(dialect string) bool {
	for _, test := range dialectTests {
		if test.dialect == dialect {
			return true
		}
	}
	return false
}

func TestModel(t *testing.T) {
	pages := map[string]string{"/info": `{"model_id":"BAAI/bge","model_sha":"2cfc","model_dtype":"float16","model_type":{"reranker":{}},
		"max_input_length":512,"max_client_batch_size":64,"version":"1.8.2"}`}
	base := serve(t, pages, nil).URL
	c := open(t, remote.Config{URL: base})
	want := rerank.Model{Name: "BAAI/bge at " + strings.TrimPrefix(base, "http://"), Kind: "remote", Context: 512}
	if got := c.Model(); got != want {
		t.Errorf("model %+v, want %+v", got, want)
	}
	pages = map[string]string{"/v1/models": `{"data":[{"id":"a","owned_by":"vllm"},{"id":"b","owned_by":"vllm"}]}`}
	url := serve(t, pages, nil).URL
	_, err := remote.Open(t.Context(), remote.Config{URL: url})
	mention(t, err, url, "serves 2 models: set model to one of a, b")
	if m := open(t, remote.Config{URL: url, Model: "b"}).Model(); !strings.HasPrefix(m.Name, "b at 127.0.0.1:") || m.Fingerprint != "" {
		t.Errorf("model %+v", m)
	}
	pages = map[string]string{"/info": `{"model_id":"e5","model_type":{"embedding":{"pooling":"mean"}},"max_client_batch_size":32}`}
	_, err = remote.Open(t.Context(), remote.Config{URL: serve(t, pages, nil).URL})
	mention(t, err, "serves e5 here, an embedding model")
}

func TestKeyVariables(t *testing.T) {
	tests := []struct{ url, dialect, want string }{
		{"http://127.0.0.1:8080", "", "QUERN_REMOTE_KEY"},
		{"https://api.cohere.com", "", "CO_API_KEY COHERE_API_KEY QUERN_REMOTE_KEY"},
		{"https://api.jina.ai/v1/rerank", "", "JINA_API_KEY QUERN_REMOTE_KEY"},
		{"https://api.voyageai.com/v1", "", "VOYAGE_API_KEY QUERN_REMOTE_KEY"},
		{"https://dashscope-intl.aliyuncs.com", "", "DASHSCOPE_API_KEY QUERN_REMOTE_KEY"},
		{"https://ws1.cn-beijing.maas.aliyuncs.com/compatible-api/v1", "", "DASHSCOPE_API_KEY QUERN_REMOTE_KEY"},
		{"https://gateway.example.org", "cohere2", "CO_API_KEY COHERE_API_KEY QUERN_REMOTE_KEY"},
		{"https://api.cohere.com.example.org/v2/rerank", "", "QUERN_REMOTE_KEY"},
		{"https://evilapi.jina.ai.example", "", "QUERN_REMOTE_KEY"},
		{"https://example.org/?u=api.jina.ai", "tei", "QUERN_REMOTE_KEY"},
		{":", "", "QUERN_REMOTE_KEY"},
	}
	for _, test := range tests {
		if got := strings.Join(remote.KeyVariables(test.url, test.dialect), " "); got != test.want {
			t.Errorf("KeyVariables(%q, %q) = %s, want %s", test.url, test.dialect, got, test.want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, test := range []struct {
		cfg  remote.Config
		says string
	}{
		{remote.Config{}, "is no server's URL: give one like http://"},
		{remote.Config{URL: "ftp://example.org"}, "is no server's URL"},
		{remote.Config{URL: "http://a b"}, "cannot be read"},
		{remote.Config{URL: "http://127.0.0.1", Dialect: "cohere3"}, `dialect "cohere3": there is none of that name: give one of cohere2,`},
		{remote.Config{URL: "http://127.0.0.1", Batch: -1}, "none may be negative"},
		{remote.Config{URL: "https://api.jina.ai"}, "dialect jina needs a model: set one, such as jina-reranker"},
		{remote.Config{URL: "https://api.cohere.com"}, "dialect cohere2 needs a model"},
	} {
		_, err := remote.Open(t.Context(), test.cfg)
		mention(t, err, test.says)
		if errors.Is(err, remote.ErrUnreachable) {
			t.Errorf("%v: called unreachable", err)
		}
	}
}
