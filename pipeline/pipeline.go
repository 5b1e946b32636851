package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/retrieve"
)

// A Pipeline answers searches. It is safe for concurrent use.
type Pipeline struct {
	cfg    Config
	judges []*judge // in the order in which they are asked; none: BM25 alone
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
	p := &Pipeline{cfg: cfg}
	if cfg.Scorer != nil {
		for _, s := range append([]rerank.Scorer{cfg.Scorer}, cfg.Fallback...) {
			p.judges = append(p.judges, &judge{scorer: s, cache: c})
		}
	}
	return p, nil
}

// Models returns what judges, in the order in which it is asked; nothing where there is no model.
func (p *Pipeline) Models() []rerank.Model {
	var models []rerank.Model
	for _, j := range p.judges {
		models = append(models, j.scorer.Model())
	}
	return models
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
	depth := q.Offset + q.TopN
	switch {
	case p.off(q):
	case q.MinScore > 0:
		depth += q.Window // as many may be left out
	default:
		depth = max(depth, q.Window)
	}
	found, err := p.cfg.Retriever.Search(ctx, retrieve.Request{
		Text: q.Text, Plain: q.Plain, Filters: q.Filters, Facets: q.Facets, Sort: q.Sort, K: depth,
	})
	if err != nil {
		return Answer{}, fmt.Errorf("pipeline: retrieve: %w", err)
	}
	a := Answer{Query: q.Text, Total: found.Total, Offset: q.Offset, Corrections: found.Corrections, Facets: found.Facets}
	a.Stats = Stats{Candidates: len(found.Candidates), RetrieveMS: since(start)}
	scores, err := p.rerank(ctx, q, found, &a)
	if err != nil {
		return Answer{}, fmt.Errorf("pipeline: %w", err)
	}
	a.Hits = choose(q, Order(hitsOf(found.Candidates, scores), a.Rerank.Blend))
	p.show(q, found, a.Hits)
	a.Stats.TotalMS = since(start)
	p.log(ctx, a)
	return a, nil
}

func (p *Pipeline) off(q Query) bool { return q.Off || len(p.judges) == 0 }

// rerank judges the candidates if that is to be, writes its report into a, and returns the scores; the Index of each is
// that of its candidate. An error means that ctx has ended.
func (p *Pipeline) rerank(ctx context.Context, q Query, found retrieve.Result, a *Answer) ([]rerank.Score, error) {
	if p.off(q) {
		a.Rerank = Rerank{Status: Off, Reason: "there is no model"}
		if len(p.judges) > 0 {
			a.Rerank.Reason = "reranking was turned off for this query"
		}
		return nil, nil
	}
	if reason := p.cfg.skip(q, found); reason != "" {
		a.Rerank = Rerank{Status: Skipped, Reason: reason, Model: p.judges[0].scorer.Model().Name}
		return nil, nil
	}
	start := time.Now()
	task := taskOf(q, found)
	timed, cancel := context.WithTimeoutCause(ctx, q.Deadline, overdue(fmt.Sprintf("deadline of %v passed", q.Deadline)))
	defer cancel()
	v := p.judge(timed, task)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	a.Rerank = v.report(q, len(task.Documents))
	a.Rerank.TookMS = since(start)
	a.Stats.CacheHits, a.Stats.RerankMS = v.cached, a.Rerank.TookMS
	return v.scores, nil
}

// taskOf asks how well the passages of the window answer q: its words, without operators, as they were corrected.
func taskOf(q Query, found retrieve.Result) rerank.Task {
	t := rerank.Task{Query: q.Text, Instruct: q.Instruct}
	if !found.Query.Plain() || len(found.Corrections) > 0 {
		t.Query = found.Query.Text()
	}
	for _, c := range found.Candidates[:min(q.Window, len(found.Candidates))] {
		t.Documents = append(t.Documents, c.Text())
	}
	return t
}

// choose returns the hits that the answer keeps; never nil.
func choose(q Query, hits []Hit) []Hit {
	chosen := make([]Hit, 0, min(q.TopN, len(hits)))
	skip := q.Offset
	for _, h := range hits {
		switch {
		case len(chosen) == q.TopN:
			return chosen
		case h.Rerank != nil && h.Rerank.Relevance < q.MinScore:
		case skip > 0:
			skip--
		default:
			chosen = append(chosen, h)
		}
	}
	return chosen
}

// show gives the hits their snippets: these alone are read, not all candidates.
func (p *Pipeline) show(q Query, found retrieve.Result, hits []Hit) {
	if q.NoSnippets {
		return
	}
	for i := range hits {
		h, c := &hits[i], found.Candidates[hits[i].BM25.Rank-1]
		if q.Highlights > 0 {
			h.Highlights = p.cfg.Retriever.Highlights(found.Query, c, q.Highlights)
			h.TitleHTML = p.cfg.Retriever.Title(found.Query, c)
		}
		if len(h.Highlights) > 0 {
			h.Snippet = h.Highlights[0]
		} else {
			h.Snippet = p.cfg.Retriever.Snippet(found.Query, c)
		}
	}
}
