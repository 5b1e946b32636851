package web

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// requestIDInContext is under what a request has its ID.
type requestIDInContext struct{}

// LogHandler returns h, but for that each line which is written in the context of a request has its request_id, and where it
// is traced its trace_id: so the lines of a pipeline can be told apart. [New] puts it around the handler of Config.Logger;
// what is around it already stays as it is.
func LogHandler(h slog.Handler) slog.Handler {
	if _, already := h.(requestLines); already {
		return h
	}
	return requestLines{h}
}

type requestLines struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h requestLines) Handle(ctx context.Context, r slog.Record) error {
	if id, ok := ctx.Value(requestIDInContext{}).(string); ok {
		r.AddAttrs(slog.String("request_id", id))
	}
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h requestLines) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestLines{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h requestLines) WithGroup(name string) slog.Handler {
	return requestLines{h.Handler.WithGroup(name)}
}
