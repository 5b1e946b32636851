package main

import (
	"cmp"
	"runtime"

	"github.com/spf13/pflag"

	"github.com/quern-search/quern/web/turns"
)

// loadFlags say how much a model is given to do.
type loadFlags struct {
	turns int
	queue int
}

// defaultQueue is how many requests may wait for a model. A place costs the memory of a request, 16 MiB at the most, and
// the patience of its client: with quern-tiny on two cores, ten short documents take some 50 ms, a window of 50 some 1 s.
const defaultQueue = 64

// defaultTurns is how many requests a model works on at once: one a core, since a part of the work on each is done by
// one core, and at least four, so that a long one or two leave turns to others.
func defaultTurns() int { return max(runtime.GOMAXPROCS(0), 4) }

func (f *loadFlags) add(flags *pflag.FlagSet) {
	flags.IntVar(&f.turns, "turns", defaultTurns(), "have each model work on `N` requests at once; the others wait, and keys take turns")
	flags.IntVar(&f.queue, "queue", defaultQueue, "let `N` requests wait for each model; one more, or one whose turn would come too late, is told to come back, or answered in BM25 order if it is a search")
}

// maxQueue bounds what may wait: each holds its documents in memory, and whoever is last of more has long gone.
const maxQueue = 100_000

func (f loadFlags) check() error {
	return cmp.Or(inRange("turns", f.turns, 1, maxQueue), inRange("queue", f.queue, 0, maxQueue))
}

// inTurn puts a queue in front of each model. What it returns tells how much all of them have to do.
func (f loadFlags) inTurn(models []model) (load func() (working, waiting int)) {
	queues := make([]*turns.Queue, len(models))
	for i := range models {
		queues[i] = turns.New(f.turns, f.queue)
		models[i].scorer = turns.Scorer(models[i].scorer, queues[i])
	}
	return func() (working, waiting int) {
		for _, q := range queues {
			a, b := q.Load()
			working, waiting = working+a, waiting+b
		}
		return working, waiting
	}
}
