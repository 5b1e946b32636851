package retrieve

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve/query"
)

// A Request is a search with all that a person or a program may ask for. The zero value of every field but K is fine.
type Request struct {
	Text    string         // in the language of package query; empty: every document, if there is a filter
	Plain   bool           // Text is words and nothing else: no operators, and no misspelling is corrected
	Filters []query.Filter // all must hold for a document to be found
	Facets  []Facet        // what to count
	Sort    query.Sort     // by a field; the zero value: by score
	K       int            // how many candidates to return at the most
	Explain bool           // set Terms of every candidate

	uncounted bool // leave Result.Total out, which takes a look at all that match; only for words alone
}

// A Result is what a Request found.
type Result struct {
	Query       query.Query  // as it was read, and corrected
	Candidates  []Candidate  // the best first, or in the order of Request.Sort
	Total       int          // documents that match, whether or not they are among the candidates
	Facets      []FacetCount // one for each of Request.Facets, in that order
	Corrections []Correction // words that no document has, and what was searched for instead
}

// A Correction is a word of a query that no document has, taken for another that is spelt almost so.
type Correction struct {
	From string `json:"from"` // as typed
	To   string `json:"to"`   // as the first document found has it, in small letters
}

// Search does what a Request asks. Documents match that have a word of the query, and for which all else in it holds:
// every phrase, every field and filter, nothing that is excluded. Any text is a query; an error is one of reading the
// index, or of ctx.
func (r *BM25) Search(ctx context.Context, request Request) (Result, error) {
	result, err := r.search(ctx, request)
	if err != nil {
		return Result{}, fmt.Errorf("retrieve: %w", err)
	}
	return result, nil
}

func (r *BM25) search(ctx context.Context, request Request) (Result, error) {
	snap, err := r.index.Snapshot()
	if err != nil {
		return Result{}, err
	}
	defer snap.Close()
	s, err := r.newSearch(ctx, snap, request)
	if err != nil {
		return Result{}, err
	}
	var found matches
	if !request.uncounted {
		if found, err = s.matches(ctx); err != nil {
			return Result{}, err
		}
	}
	hits, err := s.hits(ctx, found)
	if err != nil {
		return Result{}, err
	}
	result := Result{Query: s.query, Total: found.count()}
	if result.Candidates, err = s.load(ctx, hits, request.Explain); err != nil {
		return Result{}, err
	}
	if result.Facets, err = s.facets(request.Facets, found); err != nil {
		return Result{}, err
	}
	s.tellCorrections(&result)
	return result, nil
}

// maxNames is how many names of fields a text may try: each is looked for in every segment. People know a handful; in a
// text with more, the rest are words.
const maxNames = 100

// parse reads a request's text, over the fields that the snapshot's documents have. Who types "Author:" means "author".
func (request Request) parse(snap *index.Snapshot) (q query.Query, err error) {
	if request.Plain {
		return query.Plain(request.Text), nil
	}
	names := map[string]string{} // by what was typed; empty: there is none
	q = query.Parse(request.Text, func(typed string) bool {
		name, met := names[typed]
		if !met && len(names) < maxNames && err == nil {
			name, err = fieldName(snap, typed)
			names[typed] = name
		}
		return name != ""
	})
	for i := range q.Clauses {
		if f := &q.Clauses[i].Filter; f.Field != "" {
			f.Field = names[f.Field]
		}
	}
	return q, err
}

// fieldName is the name of the field that somebody means, or empty.
func fieldName(snap *index.Snapshot, typed string) (string, error) {
	for _, name := range slices.Compact([]string{typed, strings.ToLower(typed)}) {
		if name == titleName {
			return name, nil
		}
		if has, err := snap.HasField(name); has || err != nil {
			return name, err
		}
	}
	return "", nil
}

// hits finds the k best documents, or the first k in the order that is asked for.
func (s *search) hits(ctx context.Context, found matches) ([]hit, error) {
	if s.order.Field != "" || s.browse {
		return s.sorted(found)
	}
	return s.run(ctx)
}

// load makes candidates of hits.
func (s *search) load(ctx context.Context, hits []hit, explain bool) ([]Candidate, error) {
	candidates := make([]Candidate, len(hits))
	for i, h := range hits {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c := Candidate{Rank: i + 1, Score: h.score}
		var err error
		segment := s.snap.Segments[h.segment]
		if c.Document, err = segment.Load(h.doc); err != nil {
			return nil, err
		}
		if c.Passage, err = passageOf(segment, h.doc, c.Document); err != nil {
			return nil, err
		}
		if explain {
			c.Terms = s.termScores(h)
		}
		candidates[i] = c
	}
	return candidates, nil
}

func passageOf(segment *index.Segment, doc uint32, d index.Document) (index.Passage, error) {
	p, whole, err := segment.Passage(doc)
	if whole {
		p = index.Passage{To: len(d.Body)}
	}
	return p, err
}
