package index

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bleveindex "github.com/blevesearch/bleve_index_api"
)

// A Snapshot is the index as it stood at one moment: later changes do not reach it. Close it when done.
type Snapshot struct {
	bleveindex.IndexReader            // Bleve's own view of the same moment
	Segments               []*Segment // what the documents are in, each in one
	Langs                  []Lang     // the languages in which there are live documents with text, by name
	Docs                   int        // live passages that have text, in whatever language; of most documents there is one
	Terms                  uint64     // terms of all of them together
}

// A Lang is what a snapshot holds in one language. A document is in one language only, and a language in one field, so
// that document frequencies in that field, and the numbers here, are those of a collection of its own.
type Lang struct {
	Name       string // as ParseLang gives it
	Field      string // the field of Bleve's that has the terms of texts
	TitleField string // the one that has those of titles
	Docs       int    // live passages that have text: BM25's N
	Terms      uint64 // terms of all of them together
	TitleTerms uint64 // those of them that are titles'; the title counts in every passage of a document
}

// Average is the mean length of the passages in the language.
func (l Lang) Average() float64 { return float64(l.Terms) / float64(l.Docs) }

// Snapshot gives the present state to read from.
func (x *Index) Snapshot() (*Snapshot, error) {
	// Under the lock each root is as new as the last or newer, so that deletions only ever grow.
	x.lengths.mu.Lock()
	defer x.lengths.mu.Unlock()
	root, err := x.root()
	if err != nil {
		return nil, err
	}
	s := &Snapshot{IndexReader: root}
	if s.Segments, err = x.lengths.segments(root); err != nil {
		root.Close()
		return nil, fmt.Errorf("index: snapshot: %w", err)
	}
	s.Langs = x.langs(s.Segments)
	for _, lang := range s.Langs {
		s.Docs += lang.Docs
		s.Terms += lang.Terms
	}
	return s, nil
}

// langs adds up what the segments hold in each language.
func (x *Index) langs(segments []*Segment) (langs []Lang) {
	for _, segment := range segments {
		for _, f := range segment.fields {
			i := slices.IndexFunc(langs, func(l Lang) bool { return l.Field == f.field })
			if i < 0 {
				i = len(langs)
				name := x.langIn(f.field)
				langs = append(langs, Lang{Name: name, Field: f.field, TitleField: x.inLang(TitleField, name)})
			}
			langs[i].Docs += f.docs
			langs[i].Terms += f.terms
			langs[i].TitleTerms += f.title
		}
	}
	langs = slices.DeleteFunc(langs, func(l Lang) bool { return l.Docs == 0 }) // its documents are all deleted
	slices.SortFunc(langs, func(a, b Lang) int { return cmp.Compare(a.Name, b.Name) })
	return langs
}

// Load gives a document as it stood at the snapshot, or ErrNotFound.
func (s *Snapshot) Load(id string) (Document, error) { return load(s.IndexReader, id) }

// segments gives those of a root, with the lengths and counts of each. It walks over the lengths of segments that it has
// not met before, and over the deletions that others have got since. The caller holds mu.
func (c *lengthCache) segments(root *scorch.IndexSnapshot) ([]*Segment, error) {
	segments := make([]*Segment, len(root.Segments()))
	known := make(map[uint64]*lengths, len(segments))
	for i, inner := range root.Segments() {
		l, err := c.known[inner.Id()].after(inner)
		if err != nil {
			return nil, err
		}
		known[inner.Id()] = l
		segments[i] = &Segment{ID: inner.Id(), Lengths: l.of, Titles: l.titles, lengths: l, inner: inner}
	}
	c.known = known // so that merged segments are forgotten
	return segments, nil
}
