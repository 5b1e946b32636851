package retrieve

import (
	"cmp"
	"container/heap"
	"context"
	"math"
	"slices"

	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	blevequery "github.com/blevesearch/bleve/v2/search/query"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"github.com/quern-search/quern/index"
)

// A bm25Query is a Bleve query that scores by exact BM25: a document matches if it has any of the terms. It belongs to
// the snapshot from which its lengths are.
type bm25Query struct {
	terms   []queryTerm
	lengths *index.Lengths
	k1, b   float64
}

var _ blevequery.Query = bm25Query{}

// Searcher is how Bleve runs the query. The mapping has no say in it, and no options are needed: positions can be had
// from the index, and explanations come from BM25.Explain.
func (q bm25Query) Searcher(ctx context.Context, r bleveindex.IndexReader, _ mapping.IndexMapping, _ search.SearcherOptions) (search.Searcher, error) {
	return q.searcher(ctx, r)
}

func (q bm25Query) searcher(ctx context.Context, r bleveindex.IndexReader) (_ *searcher, err error) {
	s := &searcher{query: q, average: q.lengths.Average()}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	for i, term := range q.terms {
		if i%checkEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		// Frequencies are wanted; norms are not (see index.Lengths), and nor are positions.
		postings, err := r.TermFieldReader(ctx, []byte(term.text), index.TextField, true, false, false)
		if err != nil {
			return nil, err
		}
		df := postings.Count() // of live documents: Bleve leaves the deleted out
		c := &cursor{queryTerm: term, order: i, df: int(df), idf: idf(q.lengths.Docs, int(df)), postings: postings}
		s.all = append(s.all, c)
		s.here = append(s.here, c) // "here" is moved on by the first step
	}
	return s, nil
}

// idf is Lucene's: Robertson and Sparck Jones's weight with 1 added, so that it is never negative.
func idf(n, df int) float64 {
	return math.Log(1 + (float64(n-df)+0.5)/(float64(df)+0.5))
}

// A searcher walks the postings of all terms side by side, one document at a time, in the order of Bleve's numbers.
type searcher struct {
	query   bm25Query
	average float64    // mean length
	all     []*cursor  // one a term, in the query's order
	ahead   byDocument // those that stand at a later document
	here    []*cursor  // those that stand at the present document, in the query's order
}

// A cursor is one term's place in its postings.
type cursor struct {
	queryTerm
	order    int // place in the query
	df       int
	idf      float64
	postings bleveindex.TermFieldReader
	posting  bleveindex.TermFieldDoc
	doc      uint64 // Bleve's number of the document that posting is about
}

// Next moves to the next document with any of the terms; nil after the last.
func (s *searcher) Next(sc *search.SearchContext) (*search.DocumentMatch, error) {
	return s.step(sc, func(c *cursor) (*bleveindex.TermFieldDoc, error) { return c.postings.Next(&c.posting) })
}

// Advance moves to the first such document at id or after it.
func (s *searcher) Advance(sc *search.SearchContext, id bleveindex.IndexInternalID) (*search.DocumentMatch, error) {
	for len(s.ahead) > 0 && s.ahead[0].doc < id.Value() {
		s.here = append(s.here, heap.Pop(&s.ahead).(*cursor))
	}
	return s.step(sc, func(c *cursor) (*bleveindex.TermFieldDoc, error) { return c.postings.Advance(id, &c.posting) })
}

// step moves the cursors that stand here, and makes the first document that any now stands at the present one.
func (s *searcher) step(sc *search.SearchContext, move func(*cursor) (*bleveindex.TermFieldDoc, error)) (*search.DocumentMatch, error) {
	for _, c := range s.here {
		p, err := move(c)
		if err != nil {
			return nil, err
		}
		if p != nil { // else the term occurs in no further document
			c.doc = p.ID.Value()
			heap.Push(&s.ahead, c)
		}
	}
	s.here = s.here[:0]
	for len(s.ahead) > 0 && (len(s.here) == 0 || s.ahead[0].doc == s.here[0].doc) {
		s.here = append(s.here, heap.Pop(&s.ahead).(*cursor))
	}
	if len(s.here) == 0 {
		return nil, nil
	}
	// Floating-point sums depend on the order of their terms. The query's own makes equal documents score equal.
	slices.SortFunc(s.here, func(a, b *cursor) int { return cmp.Compare(a.order, b.order) })
	match := sc.DocumentMatchPool.Get()
	match.IndexInternalID = append(match.IndexInternalID[:0], s.here[0].posting.ID...)
	for _, c := range s.here {
		match.Score += s.score(c)
	}
	return match, nil
}

// score is the share of one term in the present document's score: see TermScore.Score.
func (s *searcher) score(c *cursor) float64 {
	k1, b, tf := s.query.k1, s.query.b, float64(c.posting.Freq)
	norm := 1 - b + b*float64(s.query.lengths.Of[c.doc])/s.average
	return float64(c.count) * c.idf * tf * (k1 + 1) / (tf + k1*norm)
}

// termScores explains the present document's score.
func (s *searcher) termScores() []TermScore {
	terms := make([]TermScore, len(s.here))
	for i, c := range s.here {
		terms[i] = TermScore{
			Term: c.text, Count: c.count, TF: int(c.posting.Freq), DF: c.df, N: s.query.lengths.Docs, IDF: c.idf,
			Length: int(s.query.lengths.Of[c.doc]), AvgLength: s.average, Score: s.score(c),
		}
	}
	return terms
}

// Close gives the postings back.
func (s *searcher) Close() error {
	var first error
	for _, c := range s.all {
		if err := c.postings.Close(); first == nil {
			first = err
		}
	}
	return first
}

// Count is at least the number of documents that match.
func (s *searcher) Count() uint64 {
	var n uint64
	for _, c := range s.all {
		n += uint64(c.df)
	}
	return n
}

// The rest of search.Searcher. Bleve scales the scores of its own queries by a norm over all of them; BM25 has none.

func (s *searcher) Weight() float64            { return 1 }
func (s *searcher) SetQueryNorm(float64)       {}
func (s *searcher) Min() int                   { return 0 }
func (s *searcher) Size() int                  { return 0 }
func (s *searcher) DocumentMatchPoolSize() int { return 1 }

// byDocument is a heap.Interface of cursors, the first document at the root.
type byDocument []*cursor

func (h byDocument) Len() int           { return len(h) }
func (h byDocument) Less(i, j int) bool { return h[i].doc < h[j].doc }
func (h byDocument) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *byDocument) Push(c any)        { *h = append(*h, c.(*cursor)) }
func (h *byDocument) Pop() any {
	last := len(*h) - 1
	c := (*h)[last]
	*h = (*h)[:last]
	return c
}
