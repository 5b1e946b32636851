package index

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
)

// On a full disk, what Bleve does in the background fails: it merges segments, and writes down that it has. It then tries
// again at once, and so keeps a core busy for nothing, unless the function that it tells of the error takes its time.
// Bleve takes that function by its name, from a registry of its own, which is written to once and before it is read.
const (
	pauseName = "quern-pause"
	pauseTime = 300 * time.Millisecond
)

var registerPause = sync.OnceFunc(func() {
	scorch.RegistryAsyncErrorCallbacks[pauseName] = func(error, string) { time.Sleep(pauseTime) }
})

// mergeLook is how often merge looks whether Bleve's merger has failed, which it tells in no other way.
const mergeLook = 50 * time.Millisecond

// merge is Bleve's ForceMerge, but it ends when that fails: Bleve would try until there is room. The caller holds mu.
func (x *Index) merge(ctx context.Context) error {
	inner, err := x.bleve.Advanced()
	if err != nil {
		return err
	}
	bleves := inner.(*scorch.Scorch)
	failures := func() uint64 {
		n, _ := bleves.StatsMap()["TotFileMergeLoopErr"].(uint64)
		return n
	}
	before := failures() + 1 // a merge that began earlier may yet fail
	merging, cancel := context.WithCancel(ctx)
	defer cancel() // Bleve's ends then, or at Close where it is busy with merges of its own that fail
	done := make(chan error, 1)
	go func() {
		x.merging.Lock() // Bleve's refuses to be called twice
		defer x.merging.Unlock()
		done <- bleves.ForceMerge(merging, nil)
	}()
	look := time.NewTicker(mergeLook)
	defer look.Stop()
	for {
		select {
		case err := <-done: // nil, too, after ctx has ended, or a batch has failed meanwhile
			return cmp.Or(err, ctx.Err(), x.failure())
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
			if failures() > before {
				return errors.New("the segments could not be merged: make room on the disk, as much again as the index takes")
			}
		}
	}
}
