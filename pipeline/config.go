package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/retrieve/query"
)

// A Retriever is the first stage. *[retrieve.BM25] is one; tests have one of fixed candidates.
type Retriever interface {
	// Search returns the best candidates for a request, the best first, and what else it asks for.
	Search(ctx context.Context, r retrieve.Request) (retrieve.Result, error)
	// Snippet shows why q found c, as HTML with matches in <mark>.
	Snippet(q query.Query, c retrieve.Candidate) string
	// Highlights are up to n such fragments, the best first, which is the snippet.
	Highlights(q query.Query, c retrieve.Candidate, n int) []string
	// Title is c's title likewise.
	Title(q query.Query, c retrieve.Candidate) string
}

// A Config says how a Pipeline searches. Only Retriever must be set.
type Config struct {
	// Retriever finds the candidates.
	Retriever Retriever
	// Scorer judges them; nil: nothing does, and every answer has status off.
	Scorer rerank.Scorer
	// Fallback are asked in this order when Scorer fails or is over its time, each to judge everything anew: scores of
	// two models share no scale, so those of one make the answer. Default: none.
	Fallback []rerank.Scorer
	// FallbackAfter is the time that each model but the last may take. Default: two thirds of what is left of the
	// deadline, so that of 15 s the first of two has 10 and the second the rest. The last always has some: New refuses
	// a time that is not below Deadline, and where it is not below what is left of a query's own, the default holds.
	FallbackAfter time.Duration

	// Window is how many of the best candidates the scorer judges; default 50.
	Window int
	// TopN is how many hits an answer has at the most; default 10. Where it is above Window, the hits past the window
	// follow the judged ones in BM25 order.
	TopN int
	// Deadline is the time that judging may take, by all models together; default 15 s. What is judged by then is ranked.
	Deadline time.Duration
	// MinScore is the relevance (0..1) under which a judged hit is left out; default 0: none is. Hits that were not
	// judged stay, since nothing is known against them.
	MinScore float64
	// Blend is the weight w of relevance in the score of a judged hit, w*relevance + (1-w)*bm25/max(bm25), where
	// max(bm25) is the first candidate's; 0..1, 1 is pure reranking. Default: what the card of the model that judged
	// recommends, and 1 where it has no word on it. The score of a hit that was not judged is the BM25 part alone.
	Blend float64
	// Instruct tells the model what "relevant" means here; default rerank.DefaultInstruct.
	Instruct string
	// NoSkip turns the rules off that spare the model a search whose order it could hardly change: see skip.go.
	NoSkip bool

	// CacheBytes is the memory that known scores may take; default 32 MiB, negative: none are kept.
	CacheBytes int64
	// Logger gets one Info line a search, without texts, and the query at Debug; default: nowhere.
	Logger *slog.Logger
}

// The defaults of Config.
const (
	DefaultWindow     = 50
	DefaultTopN       = 10
	DefaultDeadline   = 15 * time.Second
	DefaultCacheBytes = 32 << 20
)

// MaxCandidates bounds Window, and Offset and TopN together: a request for a billion hits is a mistake or an attack, and
// BM25 keeps all that were asked for in memory.
const MaxCandidates = 10_000

// MaxHighlights bounds Query.Highlights: more fragments than that are no longer a choice.
const MaxHighlights = 20

// ErrQuery is wrapped by the error of a search that asks for what cannot be: the asker's fault, not the pipeline's.
var ErrQuery = errors.New("bad query")

// withDefaults returns c with every default filled in, or says what is wrong with it.
func (c Config) withDefaults() (Config, error) {
	if c.Retriever == nil {
		return c, errors.New("no retriever: set Config.Retriever, to a *retrieve.BM25 for example")
	}
	if err := check(c.Window, c.TopN, c.Deadline, c.MinScore, c.Blend); err != nil {
		return c, err
	}
	if c.Scorer == nil && len(c.Fallback) > 0 || slices.Contains(c.Fallback, nil) {
		return c, errors.New("a fallback without a model: set Config.Scorer, and leave nil out of Config.Fallback")
	}
	c.Window = cmp.Or(c.Window, DefaultWindow)
	c.TopN = cmp.Or(c.TopN, DefaultTopN)
	c.Deadline = cmp.Or(c.Deadline, DefaultDeadline)
	if c.FallbackAfter < 0 || c.FallbackAfter >= c.Deadline {
		return c, fmt.Errorf("fallback_after is %v: give a time below the deadline, which is %v, or 0 for the default", c.FallbackAfter, c.Deadline)
	}
	c.CacheBytes = cmp.Or(c.CacheBytes, DefaultCacheBytes)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// fill returns q with the pipeline's settings where it has none of its own. A Blend of 0 is left to the model that judges.
func (c Config) fill(q Query) (Query, error) {
	if err := check(q.Window, q.TopN, q.Deadline, q.MinScore, q.Blend); err != nil {
		return q, fmt.Errorf("%w: %w", ErrQuery, err)
	}
	if most := MaxCandidates - cmp.Or(q.TopN, c.TopN); q.Offset < 0 || q.Offset > most { // so written, nothing overflows
		return q, fmt.Errorf("%w: offset is %d: give one from 0, with top_n at most %d", ErrQuery, q.Offset, MaxCandidates)
	}
	if q.Highlights < 0 || q.Highlights > MaxHighlights {
		return q, fmt.Errorf("%w: highlights is %d: give 1 to %d, or 0 for none", ErrQuery, q.Highlights, MaxHighlights)
	}
	q.Window = cmp.Or(q.Window, c.Window)
	q.TopN = cmp.Or(q.TopN, c.TopN)
	q.Deadline = cmp.Or(q.Deadline, c.Deadline)
	q.MinScore = cmp.Or(q.MinScore, c.MinScore)
	q.Blend = cmp.Or(q.Blend, c.Blend)
	q.Instruct = cmp.Or(q.Instruct, c.Instruct)
	return q, nil
}

func check(window, topN int, deadline time.Duration, minScore, blend float64) error {
	switch {
	case window < 0 || window > MaxCandidates:
		return fmt.Errorf("window is %d: give 1 to %d, or 0 for the default", window, MaxCandidates)
	case topN < 0 || topN > MaxCandidates:
		return fmt.Errorf("top_n is %d: give 1 to %d, or 0 for the default", topN, MaxCandidates)
	case deadline < 0:
		return fmt.Errorf("deadline is %v: give a positive duration, or 0 for the default", deadline)
	case !(minScore >= 0 && minScore <= 1): // so that NaN fails
		return fmt.Errorf("min_score is %v: give a relevance in 0..1", minScore)
	case !(blend >= 0 && blend <= 1):
		return fmt.Errorf("blend is %v: give a weight in 0..1, 0 for the default", blend)
	}
	return nil
}
