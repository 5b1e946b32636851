package retrieve

import (
	"context"
	"fmt"

	"github.com/quern-search/quern/index"
)

// The usual parameters (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; Lucene's
// defaults too).
const (
	DefaultK1 = 1.2
	DefaultB  = 0.75
)

// maxK1 keeps scores far from overflow; long before it, scores grow in proportion to the term frequency.
const maxK1 = 1e6

// Config holds BM25's parameters. The zero value is the usual one; set a field with new(0.9).
type Config struct {
	// K1 says how slowly more occurrences of a term stop to matter, 0 or more; 0: only whether it occurs. Nil: DefaultK1.
	K1 *float64
	// B says how much a long text is held against a document, from 0 (not at all) to 1 (in proportion). Nil: DefaultB.
	B *float64
}

// BM25 ranks the documents of an index. It may be used concurrently, and while the index changes: every search sees one
// state of it.
type BM25 struct {
	index *index.Index
	k1, b float64
	lists *cache
}

// New gives a BM25 over x, or an error if a parameter is out of range.
func New(x *index.Index, cfg Config) (*BM25, error) {
	r := &BM25{index: x, k1: DefaultK1, b: DefaultB, lists: newCache(cacheBytes)}
	if cfg.K1 != nil {
		r.k1 = *cfg.K1
	}
	if cfg.B != nil {
		r.b = *cfg.B
	}
	if !(r.k1 >= 0 && r.k1 <= maxK1) { // so written, NaN is refused too
		return nil, fmt.Errorf("retrieve: k1 is %v: give a number from 0 to %v, usually 0.5 to 2", r.k1, maxK1)
	}
	if !(r.b >= 0 && r.b <= 1) {
		return nil, fmt.Errorf("retrieve: b is %v: give a number from 0 to 1", r.b)
	}
	return r, nil
}

// Retrieve returns the k best documents that have a term of the query, or fewer if there are fewer, best first; those of
// equal score in the order of their IDs. Any string is a query: it is read as text, in every language of the index. One
// in which nothing is left but stop words, or nothing at all, finds nothing. It ends early, with an error, when ctx does.
func (r *BM25) Retrieve(ctx context.Context, query string, k int) ([]Candidate, error) {
	return r.retrieve(ctx, query, k, false)
}

// Explain is Retrieve with the Terms of every candidate.
func (r *BM25) Explain(ctx context.Context, query string, k int) ([]Candidate, error) {
	return r.retrieve(ctx, query, k, true)
}

func (r *BM25) retrieve(ctx context.Context, query string, k int, explain bool) ([]Candidate, error) {
	snap, err := r.index.Snapshot()
	if err != nil {
		return nil, fmt.Errorf("retrieve: %w", err)
	}
	defer snap.Close()
	s, err := r.newSearch(ctx, snap, query, k)
	if err != nil {
		return nil, fmt.Errorf("retrieve: %w", err)
	}
	hits, err := s.run(ctx)
	if err != nil {
		return nil, fmt.Errorf("retrieve: %w", err)
	}
	candidates := make([]Candidate, len(hits))
	for i, h := range hits {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("retrieve: %w", ctx.Err())
		}
		doc, err := snap.Segments[h.segment].Load(h.doc)
		if err != nil {
			return nil, fmt.Errorf("retrieve: %w", err)
		}
		candidates[i] = Candidate{Document: doc, Rank: i + 1, Score: h.score}
		if explain {
			candidates[i].Terms = s.termScores(h)
		}
	}
	return candidates, nil
}
