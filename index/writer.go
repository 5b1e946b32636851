package index

import (
	"context"
	"fmt"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/index/scorch"
)

// Limits of one batch, the unit in which Put writes. A batch is one fsync and one segment: larger ones make indexing
// faster up to about here, and all of a batch is held in memory.
const (
	batchDocs  = 1000
	batchBytes = 16 << 20
)

// Put adds documents, or replaces those of the same ID; of two with one ID the later wins. When it returns nil, all are
// on disk (for an index on disk) and every later search sees them; none does before. It writes in batches, each whole or
// not at all, and looks at ctx in between: after an error the batches before it stay. After ErrFull, ErrReadOnly or
// another error of the file system, an index on disk can be read as before, and written to when it has been opened again.
func (x *Index) Put(ctx context.Context, docs ...Document) error {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.closed {
		return fmt.Errorf("index: put: %w", ErrClosed)
	}
	var batch []change
	size := 0
	for i, d := range docs {
		c, err := x.changeTo(d)
		if err != nil {
			return fmt.Errorf("index: put: %w", err)
		}
		batch, size = append(batch, c), size+c.bytes
		if i < len(docs)-1 && len(batch) < batchDocs && size < batchBytes {
			continue
		}
		if err := x.commit(ctx, batch); err != nil {
			return fmt.Errorf("index: put: %w", err)
		}
		batch, size = nil, 0
	}
	return nil
}

// Delete removes documents; an ID that is not there is no error. It is as durable as Put.
func (x *Index) Delete(ctx context.Context, ids ...string) error {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.closed {
		return fmt.Errorf("index: delete: %w", ErrClosed)
	}
	var batch []change
	for _, id := range ids {
		if !isPassageID(id) { // of these nobody knows
			batch = append(batch, change{id: id})
		}
	}
	if err := x.commit(ctx, batch); err != nil {
		return fmt.Errorf("index: delete: %w", err)
	}
	return nil
}

// A change is a document that is to be put, or removed: then it has no passages.
type change struct {
	id       string
	passages []*document.Document
	bytes    int // as it is stored
}

func (x *Index) changeTo(d Document) (change, error) {
	data, err := d.encode()
	if err != nil {
		return change{}, err
	}
	passages, err := x.bleveDocuments(d, data)
	if err != nil {
		return change{}, fmt.Errorf("%q: %w", d.ID, err)
	}
	return change{d.ID, passages, len(data)}, nil
}

// A writer makes one batch of Bleve's. A document that is replaced may have had more passages than it gets, and these
// must go; so a batch is made over the root as it is when its turn has come.
type writer struct {
	batch   *bleve.Batch
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
	w := &writer{batch: x.bleve.NewBatch(), root: root, several: map[string]int{}}
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

// apply puts or removes a document, with all its passages.
func (w *writer) apply(c change) error {
	if err := w.removePassages(c.id); err != nil {
		return fmt.Errorf("%q: %w", c.id, err)
	}
	if len(c.passages) == 0 {
		w.batch.Delete(c.id)
		return nil
	}
	for _, passage := range c.passages {
		if err := w.batch.IndexAdvanced(passage); err != nil {
			return fmt.Errorf("%q: %w", c.id, err)
		}
	}
	if len(c.passages) > 1 {
		w.several[c.id] = len(c.passages)
	}
	return nil
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
