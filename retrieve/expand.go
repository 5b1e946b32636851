package retrieve

import (
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"

	"github.com/quern-search/quern/index"
)

// maxExpansion is how many terms a prefix stands for at the most, the first ones by their bytes. Two letters begin some
// thousands of the words of a large corpus, and each has a list to be read.
const maxExpansion = 10_000

// maxEnding is how many letters of a prefix may belong to an ending that the stemmer takes off.
const maxEnding = 4

// tokens is a text as the analyzer of a language leaves it. Tokenizers stop at a broken character.
func (r *BM25) tokens(lang, text string) analysis.TokenStream {
	return r.index.AnalyzerOf(lang).Analyze([]byte(text))
}

// An expansion is a prefix in a field of the snapshot's.
type expansion struct {
	field, prefix string
}

// expand finds the terms that a prefix stands for: all that begin so and that a live passage has. An index has the stems
// of words, so that a prefix may be longer than the stem of what it begins: "configurati*" stands for "configur". So where
// no term begins with it, the longest that it begins with is taken, if that leaves no more than an ending.
func (s *search) expand(lang index.Lang, field, prefix string) (terms []string, err error) {
	key := expansion{field, prefix}
	if terms, ok := s.expansions[key]; ok {
		return terms, nil
	}
	for _, form := range s.forms(lang, prefix) {
		for _, segment := range s.snap.Segments {
			some, err := collect(segment, field, form)
			if err != nil {
				return nil, fmt.Errorf("prefix %q: %w", prefix, err)
			}
			terms = append(terms, some...)
		}
	}
	slices.Sort(terms)
	terms = slices.Compact(terms)
	if len(terms) == 0 {
		if terms, err = s.stemIn(field, prefix); err != nil {
			return nil, fmt.Errorf("prefix %q: %w", prefix, err)
		}
	}
	terms = terms[:min(len(terms), maxExpansion)]
	if s.expansions == nil {
		s.expansions = map[expansion][]string{}
	}
	s.expansions[key] = terms
	return terms, nil
}

// forms are a prefix as it stands, and as the language writes it if that leaves all its letters: "Äpf" is "apf" to a
// German index, which writes all words so.
func (s *search) forms(lang index.Lang, prefix string) []string {
	tokens := s.tokens(lang.Name, prefix)
	if len(tokens) != 1 || utf8.RuneCount(tokens[0].Term) < utf8.RuneCountInString(prefix) {
		return []string{prefix}
	}
	return slices.Compact([]string{prefix, string(tokens[0].Term)})
}

// stemIn finds the longest term that prefix begins with and is longer than by an ending.
func (s *search) stemIn(field, prefix string) ([]string, error) {
	for stem, n := prefix, 0; len(stem) > minStem && n < maxEnding; n++ {
		_, size := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-size]
		for _, segment := range s.snap.Segments {
			df, err := segment.DF(field, stem)
			if err != nil {
				return nil, err
			}
			if df > 0 {
				return []string{stem}, nil
			}
		}
	}
	return nil, nil
}

// minStem is the shortest stem in bytes that a prefix is taken for.
const minStem = 3

// collect lists the terms of a segment that begin with a prefix, and that a live passage has.
func collect(segment *index.Segment, field, prefix string) (terms []string, err error) {
	for term, err := range segment.Terms(field, prefix) {
		df := 1
		if err == nil && segment.Deletions() > 0 {
			df, err = segment.DF(field, term)
		}
		if err != nil {
			return nil, err
		}
		if df == 0 {
			continue
		}
		if terms = append(terms, term); len(terms) == maxExpansion {
			break
		}
	}
	return terms, nil
}

// merge makes one list of several terms' in a segment, as if they were one term, and counts its live passages.
func (s *search) merge(i int, lang index.Lang, terms []string) (merged *list, live int, err error) {
	segment := s.snap.Segments[i]
	tfs := map[uint32]uint32{}
	for _, term := range terms {
		p, err := s.boost.postings(segment, lang.Field, lang.TitleField, term)
		if err != nil {
			return nil, 0, err
		}
		for i, doc := range p.Docs {
			tfs[doc] += p.TFs[i]
		}
	}
	p := index.Postings{Docs: slices.Sorted(maps.Keys(tfs))}
	for _, doc := range p.Docs {
		p.TFs = append(p.TFs, tfs[doc])
		if !segment.Deleted(doc) {
			live++
		}
	}
	return &list{Postings: p, impacts: impactsOf(p.Docs, p.TFs, s.lengths[i], s.boost.unit())}, live, nil
}
