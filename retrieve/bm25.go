package retrieve

import (
	"context"
	"fmt"
	"math"

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
	// TitleBoost is how often a word of the title counts, from 0.01 to 100, in steps of 0.01: 2 is as if the title stood
	// there twice. 0: once, which is BM25 over title and body as one text.
	TitleBoost float64
	// B says how much a long text is held against a document, from 0 (not at all) to 1 (in proportion). Nil: DefaultB.
	B *float64
}

// BM25 ranks the documents of an index. It may be used concurrently, and while the index changes: every search sees one
// state of it.
type BM25 struct {
	index *index.Index
	k1, b float64
	boost boost
	cache *cache
}

// New gives a BM25 over x, or an error if a parameter is out of range.
func New(x *index.Index, cfg Config) (*BM25, error) {
	r := &BM25{index: x, k1: DefaultK1, b: DefaultB, boost: noBoost, cache: newCache(cacheBytes)}
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
	if cfg.TitleBoost != 0 {
		r.boost = boost(math.Round(cfg.TitleBoost * float64(noBoost)))
		if !(cfg.TitleBoost >= 0.01 && cfg.TitleBoost <= 100) {
			return nil, fmt.Errorf("retrieve: the boost of titles is %v: give a number from 0.01 to 100, usually 1 to 5", cfg.TitleBoost)
		}
	}
	return r, nil
}

// Retrieve returns the k best documents that have a word of text, or fewer if there are fewer, best first; those of
// equal score in the order of their IDs. Any string will do: it is read as words, in every language of the index. One in
// which nothing is left but stop words, or nothing at all, finds nothing. It ends early, with an error, when ctx does.
// [BM25.Search] does more.
func (r *BM25) Retrieve(ctx context.Context, text string, k int) ([]Candidate, error) {
	return r.retrieve(ctx, text, k, false)
}

// Explain is Retrieve with the Terms of every candidate.
func (r *BM25) Explain(ctx context.Context, text string, k int) ([]Candidate, error) {
	return r.retrieve(ctx, text, k, true)
}

func (r *BM25) retrieve(ctx context.Context, text string, k int, explain bool) ([]Candidate, error) {
	result, err := r.Search(ctx, Request{Text: text, Plain: true, K: k, Explain: explain, uncounted: true})
	return result.Candidates, err
}
