package index

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// A Segment is a part of a snapshot. Its passages are numbered from 0; the numbers of deleted ones stay unused. All
// passages of a document are in one segment; of most documents there is one, which is the whole.
type Segment struct {
	// ID tells a segment from all others that its Index ever had while open. Segments of two snapshots that have the same
	// ID hold the same documents under the same numbers; only which are deleted may differ.
	ID uint64
	// Lengths are those of the passages' texts, counted in terms, by number; 0 for one without text. They are exact
	// whatever was deleted, replaced or merged before. A document is in one language only, so that one length is all it
	// has. Shared by all snapshots: not to be written to.
	Lengths []uint32
	// Titles are the titles' part of Lengths; nil where no passage has a title. Shared likewise.
	Titles []uint32

	*lengths
	inner *scorch.SegmentSnapshot
}

// Postings are the passages of a segment that have a term, in ascending order, and how often each has it.
type Postings struct {
	Docs []uint32 // by the segment's numbers
	TFs  []uint32 // 1 or more
}

// Has tells whether any of the documents, a deleted one maybe, has text in a field: see Lang.Field.
func (s *Segment) Has(field string) bool {
	return slices.ContainsFunc(s.fields, func(f fieldLengths) bool { return f.field == field })
}

// Postings reads a term's postings in a field, those of deleted documents among them: what it returns depends on the
// segment's ID, the field and the term alone, and may be kept.
func (s *Segment) Postings(field, term string) (Postings, error) {
	return readPostings(s.inner, field, term)
}

// Deleted tells whether a document was deleted, or replaced, before the snapshot.
func (s *Segment) Deleted(doc uint32) bool { return s.deleted.Contains(doc) }

// Deletions is the number of deleted documents. For one ID it never falls, and as long as it stays the same so do they.
func (s *Segment) Deletions() int { return int(s.deleted.GetCardinality()) }

// DF is the number of live documents that have a term in a field.
func (s *Segment) DF(field, term string) (int, error) {
	list, err := postingsList(s.inner, field, term, s.deleted)
	if err != nil {
		return 0, err
	}
	return int(list.Count()), nil
}

// Parent is the number by which a passage's document is known: that of its first passage.
func (s *Segment) Parent(doc uint32) uint32 {
	if s.parents == nil {
		return doc
	}
	return s.parents[doc]
}

// HasPassages tells whether any document of the segment may have several passages.
func (s *Segment) HasPassages() bool { return s.parents != nil }

// In is the set of documents that have text in a field, by the numbers of their first passages; deleted ones too.
func (s *Segment) In(field string) *roaring.Bitmap {
	for _, f := range s.fields {
		if f.field == field {
			return roaring.AndNot(f.all, s.further)
		}
	}
	return roaring.New()
}

// Ordinal tells which passage of its document a passage is, from 0.
func (s *Segment) Ordinal(doc uint32) uint32 {
	if s.nth == nil {
		return 0
	}
	return s.nth[doc]
}

// DocID is the Document.ID of the document that a passage is from.
func (s *Segment) DocID(doc uint32) (string, error) {
	doc = s.Parent(doc)
	id, err := s.inner.DocID(uint64(doc))
	if err != nil {
		return "", fmt.Errorf("index: the ID of document %d: %w", doc, err)
	}
	return string(id), nil // a copy: id may lie in a file that is unmapped when the snapshot is closed
}

// Load gives the document that a passage is from, as it was put. It is quicker than Snapshot.Load, which has to look an
// ID up first.
func (s *Segment) Load(doc uint32) (Document, error) {
	doc = s.Parent(doc)
	id, err := s.DocID(doc)
	if err != nil {
		return Document{}, err
	}
	var d Document
	decodeErr := ErrDamaged // unless the field is there
	err = s.inner.VisitDocument(uint64(doc), func(field string, _ byte, value []byte, _ []uint64) bool {
		if field != storedField {
			return true
		}
		d, decodeErr = decode(id, value)
		return false
	})
	if err = cmp.Or(err, decodeErr); err != nil {
		return Document{}, fmt.Errorf("index: get %q: %w", id, err)
	}
	return d, nil
}

// Passage tells which part of its document a passage is; the whole is From 0, To the length of the body.
func (s *Segment) Passage(doc uint32) (p Passage, whole bool, err error) {
	if whole = true; !s.HasPassages() {
		return p, whole, nil
	}
	visitErr := s.inner.VisitDocument(uint64(doc), func(field string, _ byte, value []byte, _ []uint64) bool {
		if field != passageField {
			return true
		}
		whole, err = false, json.Unmarshal(value, &p)
		return false
	})
	if err = cmp.Or(visitErr, err); err != nil {
		return p, whole, fmt.Errorf("index: passage %d: %w: %w", doc, ErrDamaged, err)
	}
	return p, whole, nil
}

// postingsList finds a term's postings in a field, but for those of some documents; nil: for none.
func postingsList(s *scorch.SegmentSnapshot, field, term string, except *roaring.Bitmap) (segment.PostingsList, error) {
	dictionary, err := s.Segment().Dictionary(field)
	if err != nil {
		return nil, fmt.Errorf("index: postings of %q: %w", term, err)
	}
	list, err := dictionary.PostingsList([]byte(term), except, nil)
	if err != nil {
		return nil, fmt.Errorf("index: postings of %q: %w", term, err)
	}
	return list, nil
}

// readPostings reads one postings list to its end.
func readPostings(s *scorch.SegmentSnapshot, field, term string) (Postings, error) {
	list, err := postingsList(s, field, term, nil)
	if err != nil {
		return Postings{}, err
	}
	n := list.Count()
	if n == 0 {
		return Postings{}, nil
	}
	both := make([]uint32, 2*n)
	p := Postings{Docs: both[:0:n], TFs: both[n:n]}
	// Frequencies are wanted; norms are not (see countField), and nor are positions.
	for walk := list.Iterator(true, false, false, nil); ; {
		posting, err := walk.Next()
		if err != nil {
			return Postings{}, fmt.Errorf("index: postings of %q: %w", term, err)
		}
		if posting == nil {
			return p, nil
		}
		p.Docs = append(p.Docs, uint32(posting.Number()))
		p.TFs = append(p.TFs, uint32(posting.Frequency()))
	}
}
