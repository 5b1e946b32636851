package web_test

import (
	"net/http"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/quern-search/quern/web"
)

// A request is a span with the route's name, in the trace that the client says, and without what was looked for.
func TestTraces(t *testing.T) {
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	spans := tracetest.NewSpanRecorder()
	tracer := sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)).Tracer("")
	var log logBook
	h := site{web: web.Config{Tracer: tracer, Logger: log.logger()}}.start(t)
	request{path: "/api/search?q=secret", header: map[string]string{"Traceparent": parent}}.do(h)
	if line := log.last(t); line["trace_id"] != "4bf92f3577b34da6a3ce929d0e0e4736" {
		t.Error("the log has no trace:", line)
	}
	request{path: "/doc/eggs"}.do(h)
	request{path: "/readyz"}.do(site{web: web.Config{Tracer: tracer, Documents: broken{}}}.start(t))

	ended := spans.Ended()
	if len(ended) != 3 {
		t.Fatalf("%d spans", len(ended))
	}
	for i, want := range []struct {
		name   string
		status int64
		code   codes.Code
		parent string
	}{
		{"GET /api/search", http.StatusOK, codes.Unset, "00f067aa0ba902b7"},
		{"GET /doc/*", http.StatusOK, codes.Unset, "0000000000000000"},
		{"GET /readyz", http.StatusServiceUnavailable, codes.Error, "0000000000000000"},
	} {
		s := ended[i]
		var status int64
		for _, a := range s.Attributes() {
			if a.Key == "http.response.status_code" {
				status = a.Value.AsInt64()
			}
			if a.Value.String() == "secret" {
				t.Errorf("%s: %s has the query", s.Name(), a.Key)
			}
		}
		if s.Name() != want.name || status != want.status || s.Status().Code != want.code ||
			s.Parent().SpanID().String() != want.parent || s.SpanKind() != trace.SpanKindServer {
			t.Errorf("%s: status %d, %v below %s; want %+v", s.Name(), status, s.Status(), s.Parent().SpanID(), want)
		}
	}
}
