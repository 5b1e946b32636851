package index

import (
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

// lengths are the text lengths of a segment's passages, in terms, and what they come to with some of them deleted.
type lengths struct {
	of      []uint32        // by the segment's number; 0 for a passage without text
	titles  []uint32        // the titles' part of it; nil where none has a title
	parents []uint32        // the number of the document that a passage is from; nil where every one is its own
	nth     []uint32        // which passage of its document each is, from 0; nil where parents is
	further *roaring.Bitmap // passages that are not the first of their document, the deleted ones too
	deleted *roaring.Bitmap
	fields  []fieldLengths // one a language that any passage of the segment has text in
	docs    int            // live documents
}

// fieldLengths are what the lengths come to in one language. A document has text in one field only.
type fieldLengths struct {
	field string
	all   *roaring.Bitmap // passages that have text here, the deleted ones too
	docs  int             // live ones
	terms uint64          // terms of these
	title uint64          // terms of their titles
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
	now.docs -= int(roaring.AndNot(fresh, l.further).GetCardinality())
	now.fields = slices.Clone(l.fields)
	for i := range now.fields {
		f := &now.fields[i]
		for gone := roaring.And(fresh, f.all).Iterator(); gone.HasNext(); {
			doc := gone.Next()
			f.docs--
			f.terms -= uint64(l.of[doc])
			f.title -= uint64(l.title(doc))
		}
	}
	return &now, nil
}

// title is the length of a passage's title.
func (l *lengths) title(doc uint32) uint32 {
	if l.titles == nil {
		return 0
	}
	return l.titles[doc]
}
