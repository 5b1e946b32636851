package index

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/blevesearch/bleve/v2/index/scorch"
)

// On disk, Bleve merges segments as it goes. In memory it never does, and documents put one by one would leave as many
// segments, each of which every later search and batch looks into. So at maxSegments the mergeSegments smallest are
// merged here. The larger ones are left alone, so that a document is indexed anew only a few times.
const (
	maxSegments   = 32
	mergeSegments = 24
)

// tidy merges the smallest segments of an index in memory if there are too many: it puts their documents again, all in
// one batch, after which Bleve drops the old segments as empty. The caller keeps other writers out meanwhile.
func (x *Index) tidy() error {
	root, err := x.reader()
	if err != nil {
		return err
	}
	defer root.Close()
	segments := slices.Clone(root.Segments())
	if len(segments) < maxSegments {
		return nil
	}
	slices.SortFunc(segments, func(a, b *scorch.SegmentSnapshot) int { return cmp.Compare(a.LiveSize(), b.LiveSize()) })
	w, err := x.newWriter()
	if err != nil {
		return err
	}
	defer w.root.Close()
	for _, segment := range segments[:mergeSegments] {
		for live := segment.DocNumbersLive().Iterator(); live.HasNext(); {
			id, err := segment.DocID(uint64(live.Next()))
			if err != nil {
				return fmt.Errorf("merge: %w", err)
			}
			if isPassageID(string(id)) {
				continue // its document is in this segment too
			}
			d, err := load(root, string(id))
			if err != nil {
				return fmt.Errorf("merge: %w", err)
			}
			c, err := x.changeTo(d)
			if err == nil {
				err = w.apply(c)
			}
			if err != nil {
				return fmt.Errorf("merge: %w", err)
			}
		}
	}
	return x.bleve.Batch(w.batch)
}
