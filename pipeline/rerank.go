package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quern-search/quern/rerank"
)

// A Judgment is what a model says of a task that came with its documents.
type Judgment struct {
	Model     rerank.Model   // the one that judged
	Scores    []rerank.Score // one a document, the best first: by Logit, ties by Index
	Tokens    int            // prompt tokens of all documents; where a score was cached, those read when it was not yet
	Read      int            // those of Tokens that were read for this task
	CacheHits int            // documents whose score was cached
	Fallback  string         // why the models before that one did not judge; empty where it is the first
}

// Rerank judges all documents of t, by the models of the pipeline in their order. It shares cache, isolation and
// fallbacks with [Pipeline.Search], but not the settings of a query: an empty Instruct means rerank.DefaultInstruct,
// and the deadline is that of ctx. Without one a model has all the time it takes, but for Config.FallbackAfter.
//
// There are no partial answers, as a ranking with holes looks like a ranking: if no model judges all, the error is that
// of the last one, with why the others did not, or that of ctx if it has ended. Scores that are unsound make it wrap
// [rerank.ErrBadScore].
func (p *Pipeline) Rerank(ctx context.Context, t rerank.Task) (Judgment, error) {
	if len(p.judges) == 0 {
		return Judgment{}, errors.New("pipeline: there is no model to rerank with: set Config.Scorer")
	}
	start := time.Now()
	v := p.judge(ctx, t)
	n := len(t.Documents)
	switch last := len(v.asked) - 1; {
	case ctx.Err() != nil:
		return Judgment{}, ctx.Err()
	case v.err == nil:
	case last > 0:
		return Judgment{}, fmt.Errorf("%w; before it, %s", v.asked[last].err, whyEach(v.asked[:last], n))
	default:
		return Judgment{}, v.err
	}
	j := Judgment{Model: v.model, Scores: v.scores, Read: v.tokens, CacheHits: v.cached, Fallback: whyEach(v.before, n)}
	for _, s := range j.Scores {
		j.Tokens += s.Tokens
	}
	rerank.Sort(j.Scores)
	p.cfg.Logger.InfoContext(ctx, "rerank", "model", j.Model.Name, "fallback", j.Fallback,
		"documents", n, "cache_hits", v.cached, "tokens", v.tokens, "rerank_ms", since(start))
	return j, nil
}

// Count tells how many tokens t has and how much of it is read, by the tokenizer of the first model, or by estimate where
// that is not known. An error says why the model cannot read t.
func (p *Pipeline) Count(t rerank.Task, l rerank.Limits) (rerank.Count, error) {
	if len(p.judges) == 0 {
		return rerank.CountTokens(nil, t, l)
	}
	return rerank.CountTokens(p.judges[0].scorer, t, l)
}
