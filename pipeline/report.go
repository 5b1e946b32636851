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

// why says in plain words, on one line of at most limit bytes, why j does not have all of n documents.
func (j judging) why(n, limit int) string {
	var o overdue
	if errors.As(j.err, &o) {
		return fmt.Sprintf("%s after %d of %d", o, len(j.scores), n)
	}
	text := strings.Join(strings.Fields(strings.TrimPrefix(j.err.Error(), "rerank: ")), " ")
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "…"
	}
	return text
}

// whyEach is why for several judgings, each as "model: why".
func whyEach(all []judging, n int) string {
	var each []string
	for _, j := range all {
		name := j.model.Name
		text := strings.TrimPrefix(j.why(n, maxReason/len(all)), fmt.Sprintf("model %q: ", name))
		each = append(each, name+": "+text)
	}
	return strings.Join(each, "; ")
}

func (p *Pipeline) log(ctx context.Context, a Answer) {
	p.cfg.Logger.DebugContext(ctx, "query", "text", a.Query)
	p.cfg.Logger.InfoContext(ctx, "search",
		"status", a.Rerank.Status, "reason", a.Rerank.Reason, "model", a.Rerank.Model, "fallback", a.Rerank.Fallback,
		"candidates", a.Stats.Candidates, "window", a.Rerank.Window, "judged", a.Rerank.Judged,
		"cache_hits", a.Stats.CacheHits, "hits", len(a.Hits), "tokens", a.Rerank.Tokens,
		"retrieve_ms", a.Stats.RetrieveMS, "rerank_ms", a.Stats.RerankMS, "total_ms", a.Stats.TotalMS)
}

// since is the time from start in milliseconds.
func since(start time.Time) float64 { return float64(time.Since(start)) / float64(time.Millisecond) }
