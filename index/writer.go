package index

import (
	"context"
	"fmt"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
)

// Limits of one batch, the unit in which Put writes. A batch is one fsync and one segment: larger ones make indexing
// faster up to about here, and all of a batch is held in memory.
const (
	batchDocs  = 1000
	batchBytes = 16 << 20
)

// Put adds documents, or replaces those of the same ID; of two with one ID the later wins. When it returns nil, all are
// on disk (for an index on disk) and every later search sees them. It writes in batches, each whole or not at all, and
// looks at ctx in between: after an error the batches before it stay.
func (x *Index) Put(ctx context.Context, docs ...Document) error {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.closed {
		return fmt.Errorf("index: put: %w", ErrClosed)
	}
	for len(docs) > 0 {
		n, err := x.putBatch(ctx, docs)
		if err != nil {
			return fmt.Errorf("index: put: %w", err)
		}
		docs = docs[n:]
	}
	return nil
}

// putBatch puts the first n of docs in one batch. The caller holds mu.
func (x *Index) putBatch(ctx context.Context, docs []Document) (n int, err error) {
	x.writing.Lock()
	defer x.writing.Unlock()
	b, err := x.newWriter()
	if err != nil {
		return 0, err
	}
	defer b.root.Close()
	for n < len(docs) && n < batchDocs && b.bytes < batchBytes {
		if err := b.put(docs[n]); err != nil {
			return 0, err
		}
		n++
	}
	return n, x.commit(ctx, b.batch)
}

// Delete removes documents; an ID that is not there is no error. It is as durable as Put.
func (x *Index) Delete(ctx context.Context, ids ...string) error {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.closed {
		return fmt.Errorf("index: delete: %w", ErrClosed)
	}
	x.writing.Lock()
	defer x.writing.Unlock()
	b, err := x.newWriter()
	if err != nil {
		return fmt.Errorf("index: delete: %w", err)
	}
	defer b.root.Close()
	for _, id := range ids {
		if err := b.remove(id); err != nil {
			return fmt.Errorf("index: delete %q: %w", id, err)
		}
	}
	if err := x.commit(ctx, b.batch); err != nil {
		return fmt.Errorf("index: delete: %w", err)
	}
	return nil
}

// commit writes one batch. The caller holds mu and writing.
func (x *Index) commit(ctx context.Context, batch *bleve.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := x.bleve.Batch(batch); err != nil || !x.inMemory {
		return err
	}
	return x.tidy()
}

// A writer makes one batch. A document that is replaced may have had more passages than it gets, and these must go; so
// a batch is made by one writer at a time, over the root as it is then.
type writer struct {
	x       *Index
	batch   *bleve.Batch
	bytes   int // of the documents put, as they are stored
	root    *scorch.IndexSnapshot
	split   bool           // whether any document of root has several passages
	several map[string]int // passages of the documents that this batch has put, where there are several
}

// newWriter begins a batch; close its root when done. The caller holds mu and writing.
func (x *Index) newWriter() (*writer, error) {
	root, err := x.reader()
	if err != nil {
		return nil, err
	}
	w := &writer{x: x, batch: x.bleve.NewBatch(), root: root, several: map[string]int{}}
	if w.split, err = hasPassages(root); err != nil {
		root.Close()
		return nil, err
	}
	return w, nil
}

// hasPassages tells whether there may be a document of several passages; it spares a look for them a document.
func hasPassages(root *scorch.IndexSnapshot) (bool, error) {
	for _, s := range root.Segments() {
		counts, err := s.Segment().Dictionary(countField)
		if err != nil {
			return false, err
		}
		if there, err := counts.Contains([]byte(passageField)); there || err != nil {
			return there, err
		}
	}
	return false, nil
}

// put puts one document, in place of any with its ID.
func (w *writer) put(d Document) error {
	data, err := d.encode()
	if err != nil {
		return err
	}
	if err := w.removePassages(d.ID); err != nil {
		return fmt.Errorf("%q: %w", d.ID, err)
	}
	docs, err := w.x.bleveDocuments(d, data)
	for _, doc := range docs {
		if err == nil {
			err = w.batch.IndexAdvanced(doc)
		}
	}
	if err != nil {
		return fmt.Errorf("%q: %w", d.ID, err)
	}
	if len(docs) > 1 {
		w.several[d.ID] = len(docs)
	}
	w.bytes += len(data)
	return nil
}

// remove removes a document with all its passages.
func (w *writer) remove(id string) error {
	w.batch.Delete(id)
	return w.removePassages(id)
}

// removePassages removes all passages of a document but the first, which has its ID: those of root, and those that this
// batch has put.
func (w *writer) removePassages(id string) error {
	for n := 1; n < w.several[id]; n++ {
		w.batch.Delete(passageID(id, n))
	}
	delete(w.several, id)
	if !w.split {
		return nil
	}
	old, err := w.root.FieldDictPrefix("_id", []byte(id+passageSeparator))
	if err != nil {
		return err
	}
	defer old.Close()
	for {
		entry, err := old.Next()
		if err != nil || entry == nil {
			return err
		}
		w.batch.Delete(entry.Term)
	}
}
