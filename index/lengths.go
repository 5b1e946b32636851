package index

import (
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
	docs    int    // live documents that have text
	terms   uint64 // terms of these
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
	for fresh := roaring.AndNot(now.deleted, l.deleted).Iterator(); fresh.HasNext(); {
		if n := l.of[fresh.Next()]; n > 0 {
			now.docs--
			now.terms -= uint64(n)
		}
	}
	return &now, nil
}

// readLengths walks over the one postings list that has all lengths of a segment, those of deleted documents too.
func readLengths(s *scorch.SegmentSnapshot) (*lengths, error) {
	l := &lengths{of: make([]uint32, s.FullSize()), deleted: roaring.New()}
	list, err := readPostings(s, lengthField, lengthTerm)
	if err != nil {
		return nil, err
	}
	for i, doc := range list.Docs {
		l.of[doc] = list.TFs[i]
		l.docs++
		l.terms += uint64(list.TFs[i])
	}
	return l, nil
}
