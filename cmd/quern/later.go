package main

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/quern-search/quern/rerank"
)

const (
	// tryAgain is how long a server that could not be reached is left alone.
	tryAgain = 10 * time.Second
	// waitsFor is how long the task that finds the model closed waits for it: what a server takes that is up and quick.
	// Others are told at once, and have their time for the next model.
	waitsFor = 2 * time.Second
	// opensWithin bounds one attempt. It is long, since the first request to a server may wait until a large model is
	// loaded; no search waits for it beyond its own deadline.
	opensWithin = 5 * time.Minute
)

// A later is a model whose server could not be reached when the program started. It is opened, and probed, when a task
// finds it closed; while that goes on, and for a while after it failed, tasks are told why they are not judged. One that
// was reached and cannot judge is not tried again.
type later struct {
	name string // as the flag has it
	open func(ctx context.Context) (model, error)

	mu     sync.Mutex
	opened *model
	err    error     // of the latest attempt
	ended  time.Time // when that was
	busy   bool      // an attempt is under way
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

// Unwrap gives rerank.CountTokens the model itself; nil while it is not open.
func (l *later) Unwrap() rerank.Scorer {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opened == nil {
		return nil
	}
	return l.opened.scorer
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

// get returns the open model, or begins to open it and waits for that a little.
func (l *later) get(ctx context.Context) (rerank.Scorer, error) {
	done, err := l.begin()
	if err != nil {
		return nil, err
	}
	if done != nil {
		wait := time.NewTimer(waitsFor)
		defer wait.Stop()
		select {
		case <-done:
		case <-wait.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.opened != nil:
		return l.opened.scorer, nil
	case l.busy:
		return nil, errOpening
	}
	return nil, l.err
}

// errOpening is what a task is told while the model is being opened.
var errOpening = errors.New("the model is being opened: try again in a moment")

// begin begins an attempt if one is due, and returns a channel that is closed when it ends. An error says why there is
// none; both are nil when the model is open.
func (l *later) begin() (done <-chan struct{}, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.opened != nil:
		return nil, nil
	case l.busy:
		return nil, errOpening
	case l.err != nil && (!isUnreachable(l.err) || time.Since(l.ended) < tryAgain):
		return nil, l.err
	}
	l.busy = true
	ended := make(chan struct{})
	go l.attempt(ended)
	return ended, nil
}

// attempt opens the model, whatever becomes of the task that asked for it.
func (l *later) attempt(ended chan<- struct{}) {
	defer close(ended)
	ctx, cancel := context.WithTimeout(context.Background(), opensWithin)
	defer cancel()
	m, err := l.open(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.opened = &m
	}
	l.err, l.ended, l.busy = err, time.Now(), false
}
