package retrieve

import (
	"context"
	"math/bits"
)

// matches are all documents that a search finds: one set a segment, of the numbers of their first passages.
type matches []bitset

// A bitset is a set of numbers.
type bitset []uint64

func (b bitset) set(n uint32)      { b[n/64] |= 1 << (n % 64) }
func (b bitset) clear(n uint32)    { b[n/64] &^= 1 << (n % 64) }
func (b bitset) has(n uint32) bool { return b[n/64]&(1<<(n%64)) != 0 }

// each calls f for every member, in ascending order.
func (b bitset) each(f func(n uint32)) {
	for i, word := range b {
		for ; word != 0; word &= word - 1 {
			f(uint32(i*64 + bits.TrailingZeros64(word)))
		}
	}
}

// count is the number of documents.
func (m matches) count() (n int) {
	for _, b := range m {
		for _, word := range b {
			n += bits.OnesCount64(word)
		}
	}
	return n
}

// matches finds them: the live documents in scope that have a term of the query, or all in scope if it has no words.
func (s *search) matches(ctx context.Context) (matches, error) {
	m := make(matches, len(s.snap.Segments))
	for i, segment := range s.snap.Segments {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		n := len(segment.Lengths)
		m[i] = make(bitset, (n+63)/64)
		if s.browse {
			for doc := range uint32(n) {
				m[i].set(segment.Parent(doc))
			}
		}
		s.addWithTerms(m[i], i)
		scope := s.scopes[i]
		m[i].each(func(doc uint32) {
			if segment.Deleted(doc) || !scope.has(doc) {
				m[i].clear(doc)
			}
		})
	}
	return m, nil
}

// addWithTerms adds the documents of a segment that have a term of the query, the deleted ones too.
func (s *search) addWithTerms(docs bitset, i int) {
	segment := s.snap.Segments[i]
	for _, q := range s.readings {
		for _, c := range q.terms {
			if c.lists[i] == nil {
				break // the language is not in this segment
			}
			for _, doc := range c.lists[i].Docs {
				docs.set(segment.Parent(doc))
			}
		}
	}
}
