package index

import (
	"bytes"
	"context"
	"fmt"
	"iter"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bleveindex "github.com/blevesearch/bleve_index_api"
)

// Changes counts what became of documents.
type Changes struct {
	New       int // their ID was not there
	Changed   int // they replaced another
	Unchanged int // they were there just so, and were not written
}

// Update is Put for documents most of which may be there already: it writes those that differ from what the index holds
// under their ID. It tells them apart by all that is stored of them, so that an index made by Put needs nothing more.
// After an error, what was written of them stays as with Put, and Changes are not known.
func (x *Index) Update(ctx context.Context, docs ...Document) (Changes, error) {
	var c Changes
	root, err := x.root()
	if err != nil {
		return c, err
	}
	defer root.Close()
	differ := make([]Document, 0, len(docs))
	written := map[string]bool{} // by an earlier one of docs
	for _, d := range docs {
		same, there, err := holds(root, d)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return Changes{}, fmt.Errorf("index: update: %w", err)
		}
		switch {
		case written[d.ID] || there && !same:
			c.Changed++
		case there:
			c.Unchanged++
			continue
		default:
			c.New++
		}
		written[d.ID] = true
		differ = append(differ, d)
	}
	if err := x.Put(ctx, differ...); err != nil {
		return Changes{}, err
	}
	return c, nil
}

// holds compares a document with what is stored under its ID. Stored documents have their keys in order, so that equal
// documents are equal bytes.
func holds(root *scorch.IndexSnapshot, d Document) (same, there bool, err error) {
	data, err := d.encode()
	if err != nil {
		return false, false, err
	}
	doc, err := root.Document(d.ID)
	if err != nil || doc == nil {
		return false, false, err
	}
	doc.VisitFields(func(f bleveindex.Field) {
		same = same || f.Name() == storedField && bytes.Equal(f.Value(), data)
	})
	return same, true, nil
}

// IDs yields the ID of every document that the index holds now, in no order; changes made meanwhile do not reach it.
func (x *Index) IDs(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := x.ids(ctx, func(id string) bool { return yield(id, nil) }); err != nil {
			yield("", fmt.Errorf("index: ids: %w", err))
		}
	}
}

func (x *Index) ids(ctx context.Context, yield func(string) bool) error {
	root, err := x.root()
	if err != nil {
		return err
	}
	defer root.Close()
	all, err := root.DocIDReaderAll()
	if err != nil {
		return err
	}
	defer all.Close()
	for {
		number, err := all.Next()
		if err != nil || number == nil {
			return err
		}
		id, err := root.ExternalID(number)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if isPassageID(id) {
			continue
		}
		if !yield(id) {
			return nil
		}
	}
}
