package retrieve

import (
	"cmp"
	"context"
	"slices"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve/query"
)

// A search is one request over one snapshot.
type search struct {
	*BM25
	snap     *index.Snapshot
	query    query.Query
	readings []*reading   // one a language, the heaviest first
	changes  []correction // of words that no document has
	lengths  [][]uint32   // of the passages, one slice a segment
	scopes   []*scope     // one a segment
	browse   bool         // there are no words, so that all documents match that the conditions leave
	order    query.Sort
	best     topK

	expansions map[expansion][]string // what prefixes were found to stand for
}

// A clause is a term of the query with what the snapshot holds of it in the language.
type clause struct {
	queryTerm
	lists  []*list // one a segment; nil where it has nothing in the language
	df     int     // live passages that have it
	idf    float64
	weight float64 // see formula; times the language's
}

// checkEvery is after how many terms a search looks whether its context has ended; it looks at every window too. Often
// enough to stop within milliseconds, seldom enough to cost nothing.
const checkEvery = 64

// newSearch reads a request over a snapshot: its words in every language, and what else must hold.
func (r *BM25) newSearch(ctx context.Context, snap *index.Snapshot, request Request) (*search, error) {
	s := &search{BM25: r, snap: snap, order: request.Sort, best: topK{k: request.K, snap: snap}}
	var err error
	if s.query, err = request.parse(snap); err != nil {
		return nil, err
	}
	for _, segment := range snap.Segments {
		lengths, err := r.lengths(segment)
		if err != nil {
			return nil, err
		}
		s.lengths = append(s.lengths, lengths)
		s.best.grouped = s.best.grouped || segment.HasPassages()
	}
	if err := s.read(ctx); err != nil {
		return nil, err
	}
	if !request.Plain {
		if err := s.correct(ctx); err != nil {
			return nil, err
		}
	}
	s.weigh()
	conditions := s.conditions(request.Filters)
	s.browse = len(conditions) > 0 && s.query.Text() == ""
	return s, s.limit(ctx, conditions)
}

// read reads the query in every language, and looks its terms up.
func (s *search) read(ctx context.Context) error {
	for _, lang := range s.snap.Langs {
		q := &reading{lang: lang, langWeight: 1}
		q.formula = formula{k1: s.k1 * float64(s.boost.unit()), b: s.b, average: s.boost.average(lang)}
		for i, term := range s.termsIn(lang.Name) {
			if (term.prefix || i%checkEvery == 0) && ctx.Err() != nil {
				return ctx.Err()
			}
			c, err := s.lookUp(q, term)
			if err != nil {
				return err
			}
			q.terms = append(q.terms, c)
		}
		s.readings = append(s.readings, q)
	}
	return nil
}

// weigh gives every language its weight, and puts the heaviest first: it has the best scores, which few of the others
// reach. The result is the same in any order.
func (s *search) weigh() {
	if len(s.readings) < 2 {
		return
	}
	words := s.words(s.query.Text())
	for _, q := range s.readings {
		q.weigh(words)
	}
	slices.SortStableFunc(s.readings, func(a, b *reading) int { return cmp.Compare(b.langWeight, a.langWeight) })
}

// lookUp gives a term's clause, as if its language were the only one.
func (s *search) lookUp(q *reading, term queryTerm) (clause, error) {
	c := clause{queryTerm: term, lists: make([]*list, len(s.snap.Segments))}
	var expansion []string
	if term.prefix {
		var err error
		if expansion, err = s.expand(q.lang, q.lang.Field, term.text); err != nil {
			return c, err
		}
	}
	for i, segment := range s.snap.Segments {
		if !segment.Has(q.lang.Field) {
			continue
		}
		var df int
		var err error
		if term.prefix {
			c.lists[i], df, err = s.merge(i, q.lang, expansion)
		} else {
			c.lists[i], df, err = s.listOf(segment, q.lang, term.text)
		}
		if err != nil {
			return c, err
		}
		c.df += df
	}
	c.idf = idf(q.lang.Docs, c.df)
	c.weight = float64(c.count) * c.idf * (s.k1 + 1)
	return c, nil
}

// listOf gives a term's list in a segment, and how many live passages it has.
func (s *search) listOf(segment *index.Segment, lang index.Lang, term string) (*list, int, error) {
	l, err := s.list(segment, lang, term)
	if err != nil {
		return nil, 0, err
	}
	df, err := l.df(segment, lang.Field, term)
	return l, df, err
}

// run finds the k best documents, best first.
func (s *search) run(ctx context.Context) ([]hit, error) {
	if len(s.readings) == 0 || s.best.k <= 0 {
		return nil, ctx.Err()
	}
	w := &walk{best: &s.best}
	for _, q := range s.readings {
		w.formula = q.formula
		for i, segment := range s.snap.Segments {
			w.number, w.segment, w.lengths, w.scope = i, segment, s.lengths[i], s.scopes[i]
			if err := w.over(ctx, q.terms); err != nil {
				return nil, err
			}
		}
	}
	return s.best.ranked()
}
