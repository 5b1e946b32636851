package main

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/quern-search/quern/rerank"
)

const (
	// tryAgain is how long a server that could not be reached is left alone.
	tryAgain = 10 * time.Second
	// opensWithin bounds one attempt. It is long, since the first request to a server may wait until a large model is
	// loaded; no search waits for it beyond its own deadline.
	opensWithin = 5 * time.Minute
)

// A later is a model whose server could not be reached when the program started. It is opened, and probed, when a task
// finds it closed; while that goes on, and for a while after it failed, tasks are told why they are not judged.
type later struct {
	name string // as the flag has it
	open func(ctx context.Context) (model, error)

	mu     sync.Mutex
	opened *model
	err    error         // of the latest attempt
	ended  time.Time     // when that was
	busy   chan struct{} // closed when the attempt under way ends; nil: there is none
}

func newLater(f modelFlags, name string) *later {
	return &later{name: name, open: func(ctx context.Context) (model, error) {
		return f.openOne(ctx, name, console{}) // nobody is asked, or told, in the middle of a search
	}}
}

// model is l as one of the models that the flags named.
func (l *later) model() model {
	return model{scorer: l, facts: []rerank.Fact{{Name: "state", Value: "not reached yet"}}}
}

// Model implements [rerank.Scorer]. Until it is open nothing is known but its name.
func (l *later) Model() rerank.Model {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opened != nil {
		return l.opened.scorer.Model()
	}
	kind := "remote"
	if strings.HasPrefix(l.name, modelOllama) {
		kind = "ollama"
	}
	name, _, _ := strings.Cut(l.name, "#")
	return rerank.Model{Name: name + " (not reached yet)", Kind: kind}
}

// Score implements [rerank.Scorer].
func (l *later) Score(ctx context.Context, t rerank.Task) iter.Seq2[rerank.Score, error] {
	return func(yield func(rerank.Score, error) bool) {
		scorer, err := l.get(ctx)
		if err != nil {
			yield(rerank.Score{}, err)
			return
		}
		scorer.Score(ctx, t)(yield)
	}
}

// get returns the open model, or begins to open it and waits for that as long as ctx allows.
func (l *later) get(ctx context.Context) (rerank.Scorer, error) {
	l.mu.Lock()
	if l.opened == nil && l.busy == nil && time.Since(l.ended) >= tryAgain {
		l.busy = make(chan struct{})
		go l.attempt(l.busy)
	}
	busy := l.busy
	l.mu.Unlock()
	if busy != nil {
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, fmt.Errorf("it is being opened: %w", ctx.Err())
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opened == nil {
		return nil, l.err
	}
	return l.opened.scorer, nil
}

// attempt opens the model, whatever becomes of the task that asked for it.
func (l *later) attempt(busy chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), opensWithin)
	defer cancel()
	m, err := l.open(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.opened = &m
	}
	l.err, l.ended, l.busy = err, time.Now(), nil
	close(busy)
}
