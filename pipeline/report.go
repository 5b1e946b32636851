package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// maxReason bounds a reason in bytes: it is for a person, while a backend's error may hold a whole page of HTML.
const maxReason = 400

// reason says in plain words, on one line, why the window is not judged to its end.
func reason(j judging, q Query, window int) string {
	if errors.Is(j.err, errDeadline) {
		return fmt.Sprintf("deadline of %v passed after %d of %d", q.Deadline, len(j.scores), window)
	}
	text := strings.Join(strings.Fields(strings.TrimPrefix(j.err.Error(), "rerank: ")), " ")
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	return text
}

func (p *Pipeline) log(ctx context.Context, a Answer) {
	p.cfg.Logger.DebugContext(ctx, "query", "text", a.Query)
	p.cfg.Logger.InfoContext(ctx, "search",
		"status", a.Rerank.Status, "reason", a.Rerank.Reason, "model", a.Rerank.Model,
		"candidates", a.Stats.Candidates, "window", a.Rerank.Window, "judged", a.Rerank.Judged,
		"cache_hits", a.Stats.CacheHits, "hits", len(a.Hits), "tokens", a.Rerank.Tokens,
		"retrieve_ms", a.Stats.RetrieveMS, "rerank_ms", a.Stats.RerankMS, "total_ms", a.Stats.TotalMS)
}

// since is the time from start in milliseconds.
func since(start time.Time) float64 { return float64(time.Since(start)) / float64(time.Millisecond) }
