package index

import (
	"fmt"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bleveindex "github.com/blevesearch/bleve_index_api"
)

// A Snapshot is the index as it stood at one moment: later changes do not reach it. Close it when done.
type Snapshot struct {
	bleveindex.IndexReader            // Bleve's own view of the same moment
	Segments               []*Segment // what the documents are in, each in one
	Docs                   int        // live documents that have text: BM25's N
	Terms                  uint64     // terms of all of them together
}

// Average is the mean length of the documents that have text; 0 where there are none.
func (s *Snapshot) Average() float64 {
	if s.Docs == 0 {
		return 0
	}
	return float64(s.Terms) / float64(s.Docs)
}

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
	for _, segment := range s.Segments {
		s.Docs += segment.docs
		s.Terms += segment.terms
	}
	return s, nil
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
		segments[i] = &Segment{ID: inner.Id(), Lengths: l.of, lengths: l, inner: inner}
	}
	c.known = known // so that merged segments are forgotten
	return segments, nil
}
