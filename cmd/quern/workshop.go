package main

import (
	"context"
	"io"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline/eval"
	"github.com/quern-search/quern/rerank"
)

// A workshop evaluates one system after the other over the same queries. Indexes and models are made once for all that
// have the same.
type workshop struct {
	data    dataFlags
	dataset *eval.Dataset
	store   scoreStore
	stderr  io.Writer
	indexes map[index.Passages]*index.Index
	models  map[string]rerank.Scorer
}

// newWorkshop opens the scores that are kept; the rest is made when it is needed.
func newWorkshop(data dataFlags, d *eval.Dataset, scores scoreFlags, stderr io.Writer) (*workshop, error) {
	store, err := scores.open(stderr)
	return &workshop{data: data, dataset: d, store: store, stderr: stderr,
		indexes: map[index.Passages]*index.Index{}, models: map[string]rerank.Scorer{}}, err
}

func (w *workshop) close() {
	for _, x := range w.indexes {
		x.Close()
	}
	w.store.close()
}

// evaluate measures one system, or the run that it is.
func (w *workshop) evaluate(ctx context.Context, s evalCommand, name string) (*eval.Report, error) {
	if s.saved != "" {
		run, err := readRun(s.saved, w.stderr)
		if err != nil {
			return nil, err
		}
		return eval.EvaluateRun(w.dataset, name, run, eval.Config{Metrics: s.metrics})
	}
	x, err := w.index(ctx, passagesOf(s.passages, s.overlap))
	if err != nil {
		return nil, err
	}
	m, err := w.model(ctx, s)
	if err != nil {
		return nil, err
	}
	return s.evaluate(ctx, w.dataset, x, m, w.store, []eval.System{s.system(name, m)}, w.stderr)
}

func (w *workshop) index(ctx context.Context, passages index.Passages) (*index.Index, error) {
	x := w.indexes[passages]
	if x == nil {
		var err error
		if x, err = w.data.fill(ctx, w.dataset, passages, w.stderr); err != nil {
			return nil, err
		}
		w.indexes[passages] = x
	}
	return x, nil
}

func (w *workshop) model(ctx context.Context, s evalCommand) (rerank.Scorer, error) {
	m, opened := w.models[s.model]
	if !opened {
		var err error
		if m, err = s.scorer(ctx); err != nil {
			return nil, err
		}
		w.models[s.model] = m
	}
	return m, nil
}
