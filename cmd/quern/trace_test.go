package main

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank/reranktest"
)

func TestWantsTraces(t *testing.T) {
	for _, test := range []struct {
		name string
		env  map[string]string
		on   bool
		err  string
	}{
		{"nothing is set", nil, false, ""},
		{"an endpoint", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, true, ""},
		{"one for traces", map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, true, ""},
		{"an exporter, at its usual address", map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, true, ""},
		{"none", map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, false, ""},
		{"disabled", map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "otlp"}, false, ""},
		{"the protocol there is", map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, true, ""},
		{"another exporter", map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, false,
			`OTEL_TRACES_EXPORTER is "zipkin": give otlp, or none`},
		{"another protocol", map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, false,
			`the protocol for OpenTelemetry is "grpc": give http/protobuf, at the collector's port 4318`},
	} {
		on, err := wantsTraces(func(name string) string { return test.env[name] })
		if on != test.on || err == nil && test.err != "" || err != nil && err.Error() != test.err {
			t.Errorf("%s: %t, %v", test.name, on, err)
		}
	}
}

// search searches a small index for eggs, judged by a fake, with spans by tracer.
func search(t *testing.T, tracer trace.Tracer, fake *reranktest.Fake) {
	t.Helper()
	x, err := index.Create("", index.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if err := x.Put(t.Context(), index.Document{ID: "a", Body: "boiled eggs"}, index.Document{ID: "b", Body: "eggs in winter"}); err != nil {
		t.Fatal(err)
	}
	p, err := stages{index: x, models: []model{{scorer: fake}}, tracer: tracer}.pipeline(pipelineFlags{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Search(t.Context(), pipeline.Query{Text: "eggs"}); err != nil {
		t.Fatal(err)
	}
}

// With the usual variables set, spans reach a collector, at the latest when the server ends.
func TestTracesReachACollector(t *testing.T) {
	got := make(chan []byte, 10)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- append([]byte(r.URL.Path+" "+r.Header.Get("Tenant")), body...)
	}))
	defer collector.Close()
	env := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL, "OTEL_EXPORTER_OTLP_HEADERS": "tenant=shop", "OTEL_SERVICE_NAME": "shop-search"}
	for name, value := range env {
		t.Setenv(name, value)
	}
	tracer, end, err := openTracer(t.Context(), func(name string) string { return env[name] }, "v1.2.3", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	search(t, tracer, &reranktest.Fake{})
	end()
	sent := <-got
	for _, want := range []string{"/v1/traces shop", "retrieve", "rerank", "shop-search", "v1.2.3"} {
		if !bytes.Contains(sent, []byte(want)) {
			t.Errorf("the collector got no %q", want)
		}
	}
	if bytes.Contains(sent, []byte("eggs")) {
		t.Error("the collector got the query or a document")
	}
}

// What the stages of a search did is in their spans.
func TestSpansOfStages(t *testing.T) {
	for _, test := range []struct {
		name   string
		fake   reranktest.Fake
		judged int64
		status string
	}{
		{"well", reranktest.Fake{}, 2, ""},
		{"failing midway", reranktest.Fake{Trouble: reranktest.Fails, After: 1}, 1, "connection refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			spans := tracetest.NewSpanRecorder()
			search(t, sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)).Tracer(""), &test.fake)
			ended := spans.Ended()
			if len(ended) != 2 || ended[0].Name() != "retrieve" || ended[1].Name() != "rerank" {
				t.Fatalf("spans %v", ended)
			}
			facts := map[string]int64{}
			for _, s := range ended {
				for _, a := range s.Attributes() {
					facts[string(a.Key)] = a.Value.AsInt64()
				}
			}
			if facts["quern.candidates"] != 2 || facts["quern.documents"] != 2 || facts["quern.judged"] != test.judged || facts["quern.tokens"] == 0 {
				t.Error(facts)
			}
			if got := ended[1].Status().Description; got != test.status {
				t.Errorf("status %q, want %q", got, test.status)
			}
		})
	}
}
