package index

import (
	"fmt"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// readLengths walks over the postings lists that have all counts of a segment, those of deleted documents too.
func readLengths(s *scorch.SegmentSnapshot) (*lengths, error) {
	n := int(s.FullSize())
	l := &lengths{of: make([]uint32, n), further: roaring.New(), deleted: roaring.New(), docs: n}
	dictionary, err := s.Segment().Dictionary(countField)
	if err != nil {
		return nil, fmt.Errorf("index: lengths: %w", err)
	}
	for terms := dictionary.AutomatonIterator(nil, nil, nil); ; { // in the order of their names: passageField, text, titles
		term, err := terms.Next()
		if err != nil {
			return nil, fmt.Errorf("index: lengths: %w", err)
		}
		if term == nil {
			return l, nil
		}
		list, err := readPostings(s, countField, term.Term)
		if err == nil {
			err = l.take(s, term.Term, list)
		}
		if err != nil {
			return nil, err
		}
	}
}

// take takes over the counts that a postings list has.
func (l *lengths) take(s *scorch.SegmentSnapshot, term string, list Postings) (err error) {
	name, _, _ := strings.Cut(term, langSeparator)
	switch name {
	case passageField:
		l.further.AddMany(list.Docs)
		l.docs -= len(list.Docs)
		l.nth = make([]uint32, len(l.of))
		for i, doc := range list.Docs {
			l.nth[doc] = list.TFs[i]
		}
		l.parents, err = readParents(s)
		return err
	case TitleField:
		l.takeTitles(TextField+strings.TrimPrefix(term, TitleField), list)
		return nil
	}
	f := fieldLengths{field: term, all: roaring.BitmapOf(list.Docs...), docs: len(list.Docs)}
	f.all.RunOptimize() // where all are in one language, that is next to nothing
	for i, doc := range list.Docs {
		l.of[doc] = list.TFs[i]
		f.terms += uint64(list.TFs[i])
	}
	l.fields = append(l.fields, f)
	return nil
}

// takeTitles takes the lengths of titles over, after those of the texts that have them.
func (l *lengths) takeTitles(text string, list Postings) {
	if l.titles == nil {
		l.titles = make([]uint32, len(l.of))
	}
	at := slices.IndexFunc(l.fields, func(f fieldLengths) bool { return f.field == text })
	for i, doc := range list.Docs {
		l.titles[doc] = list.TFs[i]
		l.fields[at].title += uint64(list.TFs[i])
	}
}

// readParents finds what document each passage is from.
func readParents(s *scorch.SegmentSnapshot) ([]uint32, error) {
	parents := make([]uint32, s.FullSize())
	for doc := range parents {
		parents[doc] = uint32(doc) // of its own, if it is no further passage
	}
	ids, err := s.Segment().Dictionary("_id")
	if err != nil {
		return nil, fmt.Errorf("index: passages: %w", err)
	}
	var last string // the document whose passages were met last
	var parent uint32
	for walk := ids.AutomatonIterator(nil, nil, nil); ; {
		entry, err := walk.Next()
		if err != nil {
			return nil, fmt.Errorf("index: passages: %w", err)
		}
		if entry == nil {
			return parents, nil
		}
		id, _, further := strings.Cut(entry.Term, passageSeparator)
		if !further {
			continue
		}
		doc, err := numberOf(ids, entry.Term)
		if err == nil && id != last {
			parent, err = numberOf(ids, id)
			last = id
		}
		if err != nil {
			return nil, err
		}
		parents[doc] = parent
	}
}

// numberOf is the number of the Bleve document with an ID, given the dictionary of IDs.
func numberOf(ids segment.TermDictionary, id string) (uint32, error) {
	list, err := ids.PostingsList([]byte(id), nil, nil)
	if err != nil {
		return 0, fmt.Errorf("index: passages of %q: %w", id, err)
	}
	posting, err := list.Iterator(false, false, false, nil).Next()
	if err != nil || posting == nil {
		return 0, fmt.Errorf("index: passages of %q: %w", id, ErrDamaged)
	}
	return uint32(posting.Number()), nil
}
