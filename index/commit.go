package index

import (
	"context"
	"errors"
	"fmt"

	"github.com/blevesearch/bleve/v2/index/scorch"
)

// A waiting is what somebody wants to be written at the next turn, together with all others that wait: an fsync takes
// longer than a batch.
type waiting struct {
	changes []change
	written bool // or not, with err; under Index.writing, as err is
	err     error
}

// commit writes changes as one batch, or as a part of one. The caller holds mu.
func (x *Index) commit(ctx context.Context, changes []change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &waiting{changes: changes}
	x.queueing.Lock()
	x.queue = append(x.queue, w)
	x.queueing.Unlock()

	x.writing.Lock()
	defer x.writing.Unlock()
	if !w.written { // nor are the others that wait
		x.queueing.Lock()
		queue := x.queue
		x.queue = nil
		x.queueing.Unlock()
		err := x.write(queue)
		for _, w := range queue {
			w.written, w.err = true, err
		}
	}
	return w.err
}

// write writes all changes that wait, in one batch. The caller holds mu and writing.
func (x *Index) write(queue []*waiting) error {
	if x.failed != nil {
		return x.failed
	}
	w, err := x.newWriter()
	if err != nil {
		return err
	}
	defer w.root.Close()
	for _, waiting := range queue {
		for _, c := range waiting.changes {
			if err := w.apply(c); err != nil {
				return err
			}
		}
	}
	if !x.inMemory {
		return x.store(w)
	}
	if err := x.bleve.Batch(w.batch); err != nil {
		return err
	}
	return x.tidy()
}

// store writes a batch to disk.
//
// Bleve shows a batch to readers before it is on disk, and if it cannot be written, Bleve closes the batch's segment,
// leaves it there for readers to crash on, and tries again without a pause until it can. So readers are kept at the state
// before a batch until it is on disk, and after an error Bleve is not asked again: they stay at that state.
func (x *Index) store(w *writer) error {
	w.root.AddRef()
	x.readFrom(w.root)
	if err := x.bleve.Batch(w.batch); err != nil {
		x.failed = fmt.Errorf("writing has stopped until the index is opened again: %w", explain(err))
		return errors.Join(x.failed, x.bleve.Close()) // the latter ends the attempts
	}
	x.readFrom(nil)
	return w.root.Close()
}

// readFrom sets what reader gives: a state that the caller holds, or the newest one for nil.
func (x *Index) readFrom(durable *scorch.IndexSnapshot) {
	x.reading.Lock()
	defer x.reading.Unlock()
	x.durable = durable
}

// reader is root for a caller that holds mu.
func (x *Index) reader() (*scorch.IndexSnapshot, error) {
	x.reading.Lock()
	defer x.reading.Unlock()
	if x.durable != nil {
		x.durable.AddRef()
		return x.durable, nil
	}
	inner, err := x.bleve.Advanced()
	if err != nil {
		return nil, fmt.Errorf("index: read: %w", err)
	}
	reader, err := inner.Reader()
	if err != nil {
		return nil, fmt.Errorf("index: read: %w", err)
	}
	return reader.(*scorch.IndexSnapshot), nil // Create and Open make no index of another kind
}

// release closes what Close closes. The caller holds mu, for writing.
func (x *Index) release() error {
	if x.failed != nil { // Bleve is closed
		return x.durable.Close()
	}
	return x.bleve.Close()
}

// failure is the error after which writing has stopped, or nil. It waits for a batch that is being written.
func (x *Index) failure() error {
	x.writing.Lock()
	defer x.writing.Unlock()
	return x.failed
}
