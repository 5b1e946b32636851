package pipeline

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/quern-search/quern/retrieve"
)

// A Pipeline answers searches. It is safe for concurrent use.
type Pipeline struct {
	cfg       Config
	cache     cache
	abandoned atomic.Int64 // judgings that go on with nobody waiting: see maxAbandoned
}

// New returns a Pipeline, or says which setting cannot be.
func New(cfg Config) (*Pipeline, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("pipeline: %w", err)
	}
	c, err := newCache(cfg.CacheBytes)
	if err != nil {
		return nil, fmt.Errorf("pipeline: score cache: %w", err)
	}
	return &Pipeline{cfg: cfg, cache: c}, nil
}

// Search answers q. Whatever the model does, the answer has hits, and Answer.Rerank says how they came to their order.
// There is an error only where there is nothing to answer: the query cannot be (it wraps [ErrQuery]), the index
// cannot be read, or ctx ends first.
func (p *Pipeline) Search(ctx context.Context, q Query) (Answer, error) {
	start := time.Now()
	q, err := p.cfg.fill(q)
	if err != nil {
		return Answer{}, fmt.Errorf("pipeline: %w", err)
	}
	depth := q.TopN
	if !p.off(q) {
		depth = max(depth, q.Window)
	}
	candidates, err := p.cfg.Retriever.Retrieve(ctx, q.Text, depth)
	if err != nil {
		return Answer{}, fmt.Errorf("pipeline: retrieve: %w", err)
	}
	a := Answer{Query: q.Text, Stats: Stats{Candidates: len(candidates), RetrieveMS: since(start)}}
	j, err := p.rerank(ctx, q, candidates, &a)
	if err != nil {
		return Answer{}, fmt.Errorf("pipeline: %w", err)
	}
	a.Hits = choose(q, Order(hitsOf(candidates, j.scores), a.Rerank.Blend))
	p.show(q, candidates, a.Hits)
	a.Stats.TotalMS = since(start)
	p.log(ctx, a)
	return a, nil
}

func (p *Pipeline) off(q Query) bool { return q.Off || p.cfg.Scorer == nil }

// rerank judges the candidates if that is to be, and writes its report into a. An error means that ctx has ended.
func (p *Pipeline) rerank(ctx context.Context, q Query, candidates []retrieve.Candidate, a *Answer) (judging, error) {
	if p.off(q) {
		a.Rerank = Rerank{Status: Off, Reason: "there is no model"}
		if p.cfg.Scorer != nil {
			a.Rerank.Reason = "reranking was turned off for this query"
		}
		return judging{}, nil
	}
	model := p.cfg.Scorer.Model().Name
	if reason := p.cfg.skip(q, candidates); reason != "" {
		a.Rerank = Rerank{Status: Skipped, Reason: reason, Model: model}
		return judging{}, nil
	}
	start := time.Now()
	window := candidates[:min(q.Window, len(candidates))]
	j, err := p.judge(ctx, q, window)
	if err != nil {
		return j, err
	}
	took := since(start)
	a.Rerank = Rerank{Status: OK, Model: model, Judged: len(j.scores), Window: len(window), TookMS: took, Tokens: j.tokens}
	a.Stats.CacheHits, a.Stats.RerankMS = j.cached, took
	if len(j.scores) > 0 {
		a.Rerank.Blend = q.Blend
	}
	if j.err != nil {
		a.Rerank.Status, a.Rerank.Reason = Partial, reason(j, q, len(window))
		if len(j.scores) == 0 {
			a.Rerank.Status = Failed
		}
	}
	return j, nil
}

// choose returns the hits that the answer keeps; never nil.
func choose(q Query, hits []Hit) []Hit {
	chosen := make([]Hit, 0, min(q.TopN, len(hits)))
	for _, h := range hits {
		if len(chosen) == q.TopN {
			break
		}
		if h.Rerank == nil || h.Rerank.Relevance >= q.MinScore {
			chosen = append(chosen, h)
		}
	}
	return chosen
}

// show gives the hits their snippets: these alone are read, not all candidates.
func (p *Pipeline) show(q Query, candidates []retrieve.Candidate, hits []Hit) {
	if q.NoSnippets {
		return
	}
	for i := range hits {
		found := candidates[hits[i].BM25.Rank-1]
		hits[i].Snippet = p.cfg.Retriever.Snippet(q.Text, found.Document)
	}
}
