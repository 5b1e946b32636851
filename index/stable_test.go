package index_test

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quern-search/quern/index"
)

// TestReadersSeeOneState: while a writer puts, replaces, deletes and merges, every snapshot holds what the index held
// after some batch, no older than the last one that was acknowledged before, and goes on to hold it.
func TestReadersSeeOneState(t *testing.T) {
	const seed, steps, readers = 1, 40, 3
	states := statesOf(seed, steps)
	x := create(t, filepath.Join(t.TempDir(), "index"), "")
	var begun, done atomic.Int64 // steps
	moved := sync.NewCond(&sync.Mutex{})
	var work sync.WaitGroup
	for range readers {
		work.Go(func() {
			for done.Load() < steps {
				oldest := done.Load()
				snap, err := x.Snapshot()
				if err != nil {
					t.Error(err)
					return
				}
				newest := begun.Load()
				state := read(t, snap)
				same := func(s map[string]string) bool { return maps.Equal(s, state) }
				if !slices.ContainsFunc(states[oldest:newest+1], same) {
					t.Errorf("a snapshot has %d documents, and is none of the states after steps %d to %d", len(state), oldest, newest)
				}
				moved.L.Lock()
				for done.Load() < min(newest+3, steps) {
					moved.Wait()
				}
				moved.L.Unlock()
				if later := read(t, snap); !maps.Equal(state, later) {
					t.Errorf("a snapshot had %d documents, and has %d now", len(state), len(later))
				}
				if err := snap.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Go(func() {
		for n := range steps {
			begun.Add(1)
			if err := stepAt(seed, n).do(t, x); err != nil {
				t.Error(err)
			}
			if n%10 == 9 {
				if err := x.Compact(t.Context()); err != nil {
					t.Error(err)
				}
			}
			moved.L.Lock()
			done.Add(1)
			moved.L.Unlock()
			moved.Broadcast()
		}
	})
	work.Wait()
}

// statesOf gives what an index holds after no step, one, and so on: the body of each document by its ID.
func statesOf(seed uint64, steps int) (states []map[string]string) {
	model := map[string]index.Document{}
	for n := range steps + 1 {
		bodies := map[string]string{}
		for id, d := range model {
			bodies[id] = d.Body
		}
		states = append(states, bodies)
		stepAt(seed, n).apply(model)
	}
	return states
}

// read reads all of a snapshot.
func read(t *testing.T, snap *index.Snapshot) map[string]string {
	bodies := map[string]string{}
	for _, id := range stepIDs() {
		d, err := snap.Load(id)
		if err != nil && !errors.Is(err, index.ErrNotFound) {
			t.Error(err)
		}
		if err == nil {
			bodies[id] = d.Body
		}
	}
	if snap.Docs != len(bodies) {
		t.Errorf("a snapshot has %d documents, and counts %d", len(bodies), snap.Docs)
	}
	return bodies
}
