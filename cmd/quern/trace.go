package main

import (
	"cmp"
	"context"
	"iter"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/retrieve"
)

// wantsTraces reads the variables that turn OpenTelemetry's traces on: those that every program with it has. The others
// (headers, sampling, the service's name) are read by its own packages.
func wantsTraces(env func(string) string) (bool, error) {
	endpoint := cmp.Or(env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), env("OTEL_EXPORTER_OTLP_ENDPOINT"))
	exporter := env("OTEL_TRACES_EXPORTER")
	switch {
	case env("OTEL_SDK_DISABLED") == "true" || exporter == "none" || exporter == "" && endpoint == "":
		return false, nil
	case exporter != "" && exporter != "otlp":
		return false, usagef("OTEL_TRACES_EXPORTER is %q: give otlp, or none", exporter)
	}
	if p := cmp.Or(env("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), env("OTEL_EXPORTER_OTLP_PROTOCOL")); p != "" && p != "http/protobuf" {
		return false, usagef("the protocol for OpenTelemetry is %q: give http/protobuf, at the collector's port 4318", p)
	}
	return true, nil
}

// flushWithin is how long the last spans may take to go out when the server ends; a collector that is down gets no more.
const flushWithin = 3 * time.Second

// openTracer returns what makes spans and sends them, or nil where nobody asked for them: then nothing is started. end sends
// what is left.
func openTracer(ctx context.Context, env func(string) string, version string, log *slog.Logger) (tracer trace.Tracer, end func(), err error) {
	on, err := wantsTraces(env)
	if !on || err != nil {
		return nil, func() {}, err
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces", "error", err) }))
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, nil, err
	}
	service, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "quern"), attribute.String("service.version", version)),
		resource.WithTelemetrySDK(), resource.WithHost(), resource.WithFromEnv()) // the later wins
	if err != nil {
		return nil, nil, err
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(service))
	end = func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushWithin)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			log.Warn("traces", "error", err)
		}
	}
	return provider.Tracer("github.com/quern-search/quern"), end, nil
}

// tracedRetriever makes a span of every retrieval.
type tracedRetriever struct {
	pipeline.Retriever
	tracer trace.Tracer
}

// Search implements [pipeline.Retriever].
func (r tracedRetriever) Search(ctx context.Context, request retrieve.Request) (retrieve.Result, error) {
	ctx, span := r.tracer.Start(ctx, "retrieve", trace.WithAttributes(attribute.Int("quern.depth", request.K)))
	defer span.End()
	result, err := r.Retriever.Search(ctx, request)
	span.SetAttributes(attribute.Int("quern.candidates", len(result.Candidates)), attribute.Int("quern.total", result.Total))
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
	return result, err
}

// tracedScorer makes a span of every time that a model is asked. Documents with a known score do not reach it.
type tracedScorer struct {
	rerank.Scorer
	tracer trace.Tracer
}

// Unwrap gives the model, for what else it can do.
func (s tracedScorer) Unwrap() rerank.Scorer { return s.Scorer }

// Score implements [rerank.Scorer].
func (s tracedScorer) Score(ctx context.Context, t rerank.Task) iter.Seq2[rerank.Score, error] {
	return func(yield func(rerank.Score, error) bool) {
		ctx, span := s.tracer.Start(ctx, "rerank", trace.WithAttributes(
			attribute.String("quern.model", s.Model().Name), attribute.Int("quern.documents", len(t.Documents))))
		defer span.End()
		judged, tokens := 0, 0
		for score, err := range s.Scorer.Score(ctx, t) {
			if err != nil {
				span.SetStatus(codes.Error, err.Error())
			} else {
				judged++
				tokens += score.Tokens
			}
			if !yield(score, err) {
				break
			}
		}
		span.SetAttributes(attribute.Int("quern.judged", judged), attribute.Int("quern.tokens", tokens))
	}
}
