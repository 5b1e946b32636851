package ollama_test

import (
	"bytes"
	"flag"
	"io"
	"net/http"
	"net/url"
	"os"
	"testing"

	"gopkg.in/dnaeon/go-vcr.v4/pkg/cassette"
	"gopkg.in/dnaeon/go-vcr.v4/pkg/recorder"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/rerank/internal/bake"
	"github.com/quern-search/quern/rerank/internal/gguf"
	"github.com/quern-search/quern/rerank/ollama"
	"github.com/quern-search/quern/rerank/ollama/ollamatest"
)

var record = flag.Bool("record", false, "write testdata/exchanges.yaml anew from the server that "+ollamatest.Variable+" names")

// What a server and this client say to each other. These tests run against a real server where QUERN_OLLAMA names one,
// and else against what one answered when it was recorded, byte for byte.
func TestServer(t *testing.T) {
	x := serve(t)
	for _, test := range []struct {
		name string
		run  func(t *testing.T, x exchange)
	}{
		{"scorer", testScorer},
		{"agreement with the engine", testAgreement},
		{"control tokens", testControlTokens},
		{"missing word", testMissingWord},
		{"long texts", testLongTexts},
		{"long texts behind a gateway", testGateway},
		{"diagnoses", testDiagnoses},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, x) })
	}
}

// An exchange is a server to test against, or the recording of one.
type exchange struct {
	http *http.Client
	host *url.URL
}

// models are the files that servers of these tests have, by the names they have there.
func models(t testing.TB) map[string][]byte {
	t.Helper()
	file, size := fixtures.Model()
	tiny, err := io.ReadAll(io.NewSectionReader(file, 0, size))
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"quern-tiny":  tiny,
		"random-f16":  bake.Model(bake.Recipe{Weights: gguf.F16, Head: "tied", Lift: bake.LiftBoth}),
		"random-q8_0": bake.Model(bake.Recipe{Weights: gguf.Q8_0, Head: "tied", Lift: bake.LiftBoth}),
		"only-yes":    bake.Model(bake.Recipe{Weights: gguf.F16, Head: "tied", Lift: bake.LiftYes}),
		"ends-turn":   bake.Model(bake.Recipe{Weights: gguf.F16, Head: "tied", Lift: bake.LiftEnding}),
		"chat":        bake.Model(bake.Recipe{Weights: gguf.F16, Head: "tied", Lift: bake.LiftNone}),
		"classifier":  bake.Model(bake.Recipe{Weights: gguf.F16, Head: "classifier"}),
		"embedding": bake.Model(bake.Recipe{Weights: gguf.F16, Head: "tied", Change: func(kv map[string]any, _ map[string]*gguf.TensorData) {
			kv["qwen3.pooling_type"] = uint32(3) // by the last token
		}}),
		"llama": bake.Model(bake.Recipe{Weights: gguf.F16, Head: "tied", Change: func(kv map[string]any, _ map[string]*gguf.TensorData) {
			kv["general.architecture"] = "llama"
			kv["llama.context_length"] = uint32(1024)
		}}),
	}
}

// exchanges is the recording, without its ending.
const exchanges = "testdata/exchanges"

// serve starts a server with all models, or opens the recording.
func serve(t *testing.T) exchange {
	t.Helper()
	if os.Getenv(ollamatest.Variable) == "" && !*record {
		tape, err := recorder.New(exchanges, recorder.WithMode(recorder.ModeReplayOnly), recorder.WithMatcher(sameRequest),
			recorder.WithReplayableInteractions(true), recorder.WithSkipRequestLatency(true))
		if err != nil {
			t.Fatal(err)
		}
		host, err := url.Parse(ollama.DefaultHost)
		if err != nil {
			t.Fatal(err)
		}
		return exchange{tape.GetDefaultClient(), host}
	}
	s := ollamatest.Start(t)
	for name, file := range models(t) {
		s.Create(name, file)
	}
	if !*record {
		return exchange{&http.Client{}, s.URL}
	}
	tape, err := recorder.New(exchanges, recorder.WithMode(recorder.ModeRecordOnly), recorder.WithHook(once(), recorder.BeforeSaveHook))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tape.Stop(); err != nil {
			t.Error(err)
		}
	})
	return exchange{tape.GetDefaultClient(), s.URL}
}

// sameRequest matches by what is asked: the server's port is another each time.
func sameRequest(r *http.Request, i cassette.Request) bool {
	u, err := url.Parse(i.URL)
	if err != nil || r.Method != i.Method || r.URL.Path != u.Path {
		return false
	}
	if r.Body == nil {
		return i.Body == ""
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return err == nil && string(body) == i.Body
}

// once keeps the first of equal requests: a recording answers any number of them.
func once() recorder.HookFunc {
	seen := map[string]bool{}
	return func(i *cassette.Interaction) error {
		u, err := url.Parse(i.Request.URL)
		if err != nil {
			return err
		}
		key := i.Request.Method + u.Path + i.Request.Body
		i.DiscardOnSave = seen[key]
		seen[key] = true
		return nil
	}
}

func open(t testing.TB, x exchange, model string) *ollama.Client {
	t.Helper()
	c, err := ollama.Open(t.Context(), ollama.Config{Model: model, Host: x.host, HTTP: x.http})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
