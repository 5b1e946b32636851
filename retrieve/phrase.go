package retrieve

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/analysis"

	"github.com/quern-search/quern/index"
)

// says finds the documents with a passage that has the words of text as a phrase: as terms, one behind the other, with
// the same gaps where stop words are left out. Each document is asked in its own language. One whose language leaves
// nothing of the phrase has it, unless that would exclude it.
func (s *search) says(text string, fieldOf func(index.Lang) string, not bool) func(segment int) (*roaring.Bitmap, error) {
	return func(i int) (*roaring.Bitmap, error) {
		docs, segment := roaring.New(), s.snap.Segments[i]
		for _, lang := range s.snap.Langs {
			if !segment.Has(lang.Field) {
				continue
			}
			tokens := s.tokens(lang.Name, text)
			if len(tokens) == 0 {
				if !not {
					docs.Or(segment.In(lang.Field))
				}
				continue
			}
			passages, err := s.phrase(segment, lang, fieldOf(lang), tokens)
			if err != nil {
				return nil, err
			}
			addParents(docs, segment, passages)
		}
		return docs, nil
	}
}

// phrase finds the passages that have all tokens in the places that they have to each other.
func (s *search) phrase(segment *index.Segment, lang index.Lang, field string, tokens analysis.TokenStream) ([]uint32, error) {
	var docs []uint32 // that have every term
	seen := map[string]bool{}
	for _, t := range tokens {
		if term := string(t.Term); !seen[term] {
			having, err := s.having(segment, lang, field, term)
			if err != nil {
				return nil, err
			}
			if docs = common(docs, having, len(seen) == 0); len(docs) == 0 {
				return nil, nil
			}
			seen[term] = true
		}
	}
	if len(tokens) == 1 {
		return docs, nil
	}
	walks := make([]*index.Positions, len(tokens))
	for i, t := range tokens {
		var err error
		if walks[i], err = segment.Positions(field, string(t.Term)); err != nil {
			return nil, err
		}
	}
	found := docs[:0]
	for _, doc := range docs {
		ok, err := hasPhrase(walks, tokens, doc)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, doc)
		}
	}
	return found, nil
}

// having lists the passages with a term in a field of a language; not to be written to. That of the whole text has mostly
// been read by now, for the score.
func (s *search) having(segment *index.Segment, lang index.Lang, field, term string) ([]uint32, error) {
	if field == lang.Field {
		l, err := s.list(segment, lang, term)
		if err != nil {
			return nil, err
		}
		return l.Docs, nil
	}
	p, err := segment.Postings(field, term)
	return p.Docs, err
}

// common returns what both have, or b if it is the first; a may be written to.
func common(a, b []uint32, first bool) []uint32 {
	if first {
		return slices.Clone(b)
	}
	both := a[:0]
	for _, doc := range a {
		if _, ok := slices.BinarySearch(b, doc); ok {
			both = append(both, doc)
		}
	}
	return both
}

// hasPhrase tells whether there is a place in a passage from which on every token stands where it should.
func hasPhrase(walks []*index.Positions, tokens analysis.TokenStream, doc uint32) (bool, error) {
	starts, err := phraseStarts(tokens, func(i int) ([]uint64, error) { return walks[i].In(doc) })
	return len(starts) > 0, err
}

// phraseStarts finds the positions from which on every token stands where it should. positions gives those of the ith
// token in a text, ascending; they may be written to.
func phraseStarts(tokens analysis.TokenStream, positions func(i int) ([]uint64, error)) (starts []uint64, err error) {
	for i := range tokens {
		at, err := positions(i)
		if err != nil {
			return nil, err
		}
		offset := uint64(tokens[i].Position - tokens[0].Position)
		if i == 0 {
			starts = at
			continue
		}
		starts = slices.DeleteFunc(starts, func(start uint64) bool {
			_, ok := slices.BinarySearch(at, start+offset)
			return !ok
		})
		if len(starts) == 0 {
			return nil, nil
		}
	}
	return starts, nil
}
