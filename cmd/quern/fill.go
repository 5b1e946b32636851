package main

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/quern-search/quern/index"
)

// putDocs and putBytes bound the documents that are read before they are put, and held in memory. An index writes in
// batches of about this size, so that larger ones gain nothing.
const (
	putDocs  = 1000
	putBytes = 16 << 20
)

// maxBrokenShown is how many broken lines are named one by one; a corpus in the wrong format would fill the screen.
const maxBrokenShown = 20

// A filling is what became of reading a corpus.
type filling struct {
	index.Changes                     // what is in the index; after an error, what certainly is
	removed       int                 // documents that are not in the corpus any more
	broken        int                 // lines or files that were left out
	ids           map[string]struct{} // of all that was read
}

// read is the number of documents that were read.
func (f filling) read() int { return f.New + f.Changed + f.Unchanged }

// String tells it as `quern index` does.
func (f filling) String() string {
	return fmt.Sprintf("%d new, %d changed, %d unchanged, %d removed, %d broken", f.New, f.Changed, f.Unchanged, f.removed, f.broken)
}

// A fill brings an index up to date with documents as they are read.
type fill struct {
	filling
	x        *index.Index
	stderr   io.Writer
	progress *progress
	batch    []index.Document
	size     int // of batch, in bytes
}

// put puts documents as they are read. What is broken is left out, and told.
func put(ctx context.Context, x *index.Index, documents iter.Seq2[index.Document, error], stderr io.Writer) (filling, error) {
	f := &fill{x: x, stderr: stderr, progress: newProgress(stderr, "documents")}
	f.ids = map[string]struct{}{}
	err := f.from(ctx, documents)
	return f.filling, err
}

// from reads documents to their end, or to an interrupt; what was put before that stays.
func (f *fill) from(ctx context.Context, documents iter.Seq2[index.Document, error]) error {
	defer f.progress.end()
	for d, err := range documents {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err != nil {
			f.leaveOut(err)
			continue
		}
		if err := f.add(ctx, d); err != nil {
			return err
		}
	}
	if f.broken > 0 {
		f.progress.end()
		warnf(f.stderr, "%d broken in the corpus, left out", f.broken)
	}
	return f.flush(ctx)
}

func (f *fill) leaveOut(err error) {
	if f.broken++; f.broken <= maxBrokenShown {
		f.progress.end() // the line is free now
		warnf(f.stderr, "%s", err)
	}
}

func (f *fill) add(ctx context.Context, d index.Document) error {
	f.ids[d.ID] = struct{}{}
	f.batch, f.size = append(f.batch, d), f.size+len(d.Title)+len(d.Body)
	f.progress.step(f.read()+len(f.batch), 0)
	if len(f.batch) < putDocs && f.size < putBytes {
		return nil
	}
	return f.flush(ctx)
}

func (f *fill) flush(ctx context.Context) error {
	c, err := f.x.Update(ctx, f.batch...)
	if err != nil {
		return err
	}
	f.New, f.Changed, f.Unchanged = f.New+c.New, f.Changed+c.Changed, f.Unchanged+c.Unchanged
	clear(f.batch) // for the texts to be freed
	f.batch, f.size = f.batch[:0], 0
	return nil
}

// prune removes the documents that were not read. Where something was broken nobody can tell what is gone.
func (f *filling) prune(ctx context.Context, x *index.Index) error {
	if f.broken > 0 {
		return fmt.Errorf("--prune removed nothing, since the corpus could not be read whole: mend the %d broken, or leave them out with --exclude", f.broken)
	}
	var gone []string
	for id, err := range x.IDs(ctx) {
		if err != nil {
			return err
		}
		if _, there := f.ids[id]; !there {
			gone = append(gone, id)
		}
	}
	for len(gone) > 0 {
		n := min(len(gone), putDocs)
		if err := x.Delete(ctx, gone[:n]...); err != nil {
			return err
		}
		f.removed += n
		gone = gone[n:]
	}
	return nil
}
