package index

import (
	"fmt"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
)

// A lengthCache holds what the newest root's segments are known to hold, by their numbers. Bleve never changes a segment:
// a batch adds one and marks documents of others as deleted, a merge makes a new one, with a new number, of several. So
// after a batch there is as much to read as the batch was large, whatever the size of the index, and what is known about
// a segment cannot be stale. (A number stays when a segment moves from memory to disk, where it is the same bytes.)
type lengthCache struct {
	mu    sync.Mutex
	known map[uint64]*lengths
}

// lengths are the text lengths of a segment's documents, in terms, and what they come to with some documents deleted.
type lengths struct {
	of      []uint32 // by the segment's document number; 0 for a document without text
	deleted *roaring.Bitmap
	fields  []fieldLengths // one a language that any document of the segment has text in
}

// fieldLengths are what the lengths come to in one language. A document has text in one field only.
type fieldLengths struct {
	field string
	all   *roaring.Bitmap // documents that have text here, the deleted ones too
	docs  int             // live ones
	terms uint64          // terms of these
}

// after gives the lengths as of a segment's present deletions. A nil l stands for a segment not met before.
func (l *lengths) after(s *scorch.SegmentSnapshot) (*lengths, error) {
	if l == nil {
		var err error
		if l, err = readLengths(s); err != nil {
			return nil, err
		}
	}
	now := *l // earlier snapshots go on with theirs
	if now.deleted = s.Deleted(); now.deleted == nil {
		now.deleted = roaring.New()
	}
	// Deleted documents never come back, so that the fresh deletions are all there is to count.
	fresh := roaring.AndNot(now.deleted, l.deleted)
	if fresh.IsEmpty() {
		return &now, nil
	}
	now.fields = slices.Clone(l.fields)
	for i := range now.fields {
		f := &now.fields[i]
		for gone := roaring.And(fresh, f.all).Iterator(); gone.HasNext(); {
			f.docs--
			f.terms -= uint64(l.of[gone.Next()])
		}
	}
	return &now, nil
}

// readLengths walks over the postings lists that have all lengths of a segment, those of deleted documents too.
func readLengths(s *scorch.SegmentSnapshot) (*lengths, error) {
	l := &lengths{of: make([]uint32, s.FullSize()), deleted: roaring.New()}
	dictionary, err := s.Segment().Dictionary(lengthField)
	if err != nil {
		return nil, fmt.Errorf("index: lengths: %w", err)
	}
	for fields := dictionary.AutomatonIterator(nil, nil, nil); ; {
		field, err := fields.Next()
		if err != nil {
			return nil, fmt.Errorf("index: lengths: %w", err)
		}
		if field == nil {
			return l, nil
		}
		list, err := readPostings(s, lengthField, field.Term)
		if err != nil {
			return nil, err
		}
		l.fields = append(l.fields, l.take(field.Term, list))
	}
}

// take takes the lengths of the documents over that have text in a field: the frequencies of the field's name.
func (l *lengths) take(field string, list Postings) fieldLengths {
	f := fieldLengths{field: field, all: roaring.BitmapOf(list.Docs...), docs: len(list.Docs)}
	f.all.RunOptimize() // where all are in one language, that is next to nothing
	for i, doc := range list.Docs {
		l.of[doc] = list.TFs[i]
		f.terms += uint64(list.TFs[i])
	}
	return f
}
