package index

import (
	"context"
	"errors"
	"fmt"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
)

// A waiting is what somebody wants to be written at the next turn, together with all others that wait: an fsync takes
// longer than a batch.
type waiting struct {
	changes []change
	done    bool // under Index.writing, as err is
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
	if !w.done { // nor are the others that wait
		x.queueing.Lock()
		queue := x.queue
		x.queue = nil
		x.queueing.Unlock()
		err := x.write(queue)
		for _, w := range queue {
			w.done, w.err = true, err
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
		return x.store(w.batch)
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
func (x *Index) store(batch *bleve.Batch) error {
	if err := x.hold(); err != nil {
		return err
	}
	if err := x.bleve.Batch(batch); err != nil {
		x.failed = fmt.Errorf("writing has stopped until the index is opened again: %w", explain(err))
		return errors.Join(x.failed, x.bleve.Close()) // the latter ends the attempts
	}
	return x.letGo()
}

// hold keeps readers at the present state until letGo.
func (x *Index) hold() (err error) {
	x.reading.Lock()
	defer x.reading.Unlock()
	x.durable, err = x.newest()
	return err
}

func (x *Index) letGo() error {
	x.reading.Lock()
	defer x.reading.Unlock()
	durable := x.durable
	x.durable = nil
	return durable.Close()
}

// reader is root for a caller that holds mu.
func (x *Index) reader() (*scorch.IndexSnapshot, error) {
	x.reading.Lock()
	defer x.reading.Unlock()
	if x.durable == nil {
		return x.newest()
	}
	x.durable.AddRef()
	return x.durable, nil
}

// newest is what Bleve itself shows to readers.
func (x *Index) newest() (*scorch.IndexSnapshot, error) {
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

// failure is the error after which writing has stopped, or nil. It waits for a batch that is being written.
func (x *Index) failure() error {
	x.writing.Lock()
	defer x.writing.Unlock()
	return x.failed
}
