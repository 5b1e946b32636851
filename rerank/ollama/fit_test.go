package ollama_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/qwen3"
)

// longTasks are of texts that do not fit: prose, numbers (a token each), Thai (three bytes a character), one word.
func longTasks() []rerank.Task {
	texts := []string{
		strings.Repeat("Put the egg into boiling water, wait for six minutes, and cool it. ", 400),
		strings.Repeat("3141592653", 1500),
		strings.Repeat("ต้มไข่หกนาที ", 600),
		strings.Repeat("<think>", 2000),
	}
	return []rerank.Task{
		{Query: "how long to boil an egg", Documents: append(texts, "six minutes")},
		{Query: texts[0], Documents: []string{texts[0], "six minutes"}},
		{Query: texts[1], Documents: []string{texts[1], "six minutes"}},
	}
}

// With the model's vocabulary, texts are cut where the engine cuts them.
func testLongTexts(t *testing.T, x exchange) {
	client := open(t, x, "quern-tiny")
	data := models(t)["quern-tiny"]
	engine, err := qwen3.New(bytes.NewReader(data), int64(len(data)), qwen3.Config{Context: client.Model().Context})
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range longTasks() {
		task.Documents = append([]string{}, task.Documents...)
		for i, d := range task.Documents {
			if strings.HasPrefix(d, "<think>") { // the engine has no need to make it harmless
				task.Documents[i] = strings.ReplaceAll(d, "<think>", "< think>")
			}
		}
		got, want := judge(t, client, task), judge(t, engine, task)
		for i := range got {
			// A cut may fall into a character, which then goes; and over 2,000 tokens of the same few the rounding adds up.
			if got[i].Tokens > want[i].Tokens || got[i].Tokens < want[i].Tokens-3 || math.Abs(got[i].Logit-want[i].Logit) > 0.6 {
				t.Errorf("%.20q, document %d: %+v, in process %+v", task.Query, i, got[i], want[i])
			}
		}
		limits := rerank.Limits{Query: 200, Document: 300}
		counted, err := client.Count(task, limits)
		same, wrong := engine.Count(task, limits)
		if err != nil || wrong != nil || counted.Tokens != same.Tokens || counted.Cut != same.Cut || counted.Cut == 0 {
			t.Errorf("%.20q: counted %d tokens, %d texts cut, %v; in process %d, %d, %v", task.Query, counted.Tokens, counted.Cut, err, same.Tokens, same.Cut, wrong)
		}
	}
}

// Without it they are cut by an estimate, and again where that was wrong: nothing fails, and the server never cuts.
func testGateway(t *testing.T, x exchange) {
	x.http = &http.Client{Transport: gateway{x.http.Transport}}
	client := open(t, x, "quern-tiny")
	limit := client.Model().Context
	for _, task := range longTasks() {
		for i, s := range judge(t, client, task) {
			full := s.Tokens > limit/4 // an estimate leaves room unused, but not most of it
			if s.Tokens > limit || len(task.Documents[i]) > 1000 && !full {
				t.Errorf("%.20q, document %d: %d tokens of %d", task.Query, i, s.Tokens, limit)
			}
		}
	}
	if _, err := client.Count(rerank.Task{}, rerank.Limits{}); !errors.Is(err, rerank.ErrNoTokenizer) {
		t.Errorf("tokens counted without a vocabulary: error %v", err)
	}
	_, err := rerank.Rank(t.Context(), client, rerank.Task{Query: "q", Documents: []string{"d"}, Instruct: strings.Repeat("long ", 5000)}, 0)
	if err == nil || !strings.Contains(err.Error(), "shorten it") {
		t.Errorf("an instruction that is too long: error %v", err)
	}
}

// A gateway stands in front of a server and keeps the vocabulary to itself, as those that answer /api/show briefly do.
type gateway struct{ http.RoundTripper }

func (g gateway) RoundTrip(r *http.Request) (*http.Response, error) {
	next := g.RoundTripper
	if next == nil {
		next = http.DefaultTransport
	}
	answer, err := next.RoundTrip(r)
	if err != nil || r.URL.Path != "/api/show" {
		return answer, err
	}
	defer answer.Body.Close()
	var show map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&show); err != nil {
		return nil, err
	}
	info := show["model_info"].(map[string]any)
	for _, key := range []string{"tokens", "token_type", "merges"} {
		info["tokenizer.ggml."+key] = nil
	}
	body, err := json.Marshal(show)
	answer.Body = io.NopCloser(bytes.NewReader(body))
	answer.ContentLength = int64(len(body))
	return answer, err
}
