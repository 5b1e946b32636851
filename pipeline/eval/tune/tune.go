package tune

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/quern-search/quern/pipeline/eval"
)

// A Config says what to tune. Dataset, Open and Settings must be set.
type Config struct {
	Dataset *eval.Dataset
	// Open makes what answers queries as a search says. It may be called often with the same.
	Open func(ctx context.Context, s Search) (eval.Searcher, error)
	// Settings are those to try: see Grid.Settings. The first is the baseline, with which the result is compared.
	Settings []Setting
	Metric   string // default nDCG@10
	Folds    int    // parts that the queries are split into; default 5
	Halving  bool   // give up bad settings after a few queries; default: try every setting on every query
	Seed     uint64 // of folds and intervals; default 0, and always the same ones
	// Precision is the share of relevant hits that is wanted among those that are shown, 0..1, for which a threshold is to
	// be found; default 0: none is.
	Precision float64
	Progress  func(done, total int) // called after each search; with Halving, total is the most that it can be
}

// DefaultFolds is the default of Config.Folds.
const DefaultFolds = 5

// A Result is what Run found. Its JSON form is that of `quern tune --json`.
type Result struct {
	Metric   string  `json:"metric"`
	Queries  int     `json:"queries"`
	Settings int     `json:"settings"` // that were tried
	Searches int     `json:"searches"` // that were made for them
	Seed     uint64  `json:"seed"`
	Baseline Setting `json:"baseline"`
	Best     Setting `json:"best"`  // the best over all queries: the one to use
	Chosen   float64 `json:"train"` // its mean over them, which is too good to be expected: they chose it

	// HeldOut is what to expect of tuning: each fold ranked with what was best on the others, over all queries.
	HeldOut    eval.Estimate   `json:"held_out"`
	Comparison eval.Comparison `json:"comparison"` // of the baseline with that
	Folds      []Fold          `json:"folds"`
	Ranking    []Ranked        `json:"ranking"` // the settings that were tried on all queries, the best first

	Threshold *Threshold `json:"threshold,omitempty"` // if one was wanted, and can be
}

// A Fold is one part of the queries.
type Fold struct {
	Queries  int     `json:"queries"`
	Best     Setting `json:"best"`     // on the other folds
	Train    float64 `json:"train"`    // its mean there
	HeldOut  float64 `json:"held_out"` // its mean here
	Baseline float64 `json:"baseline"` // that of the baseline here
}

// A Ranked is a setting with its mean over all queries.
type Ranked struct {
	Setting Setting `json:"setting"`
	Mean    float64 `json:"mean"`
}

// Run tries the settings. It ends with an error when a search fails or is not judged to the end: a setting must not be
// chosen because a model was slow.
func Run(ctx context.Context, cfg Config) (*Result, error) {
	cfg.Metric = cmp.Or(cfg.Metric, "nDCG@10")
	cfg.Folds = cmp.Or(cfg.Folds, DefaultFolds)
	n := len(cfg.Dataset.Queries)
	switch {
	case len(cfg.Settings) < 2:
		return nil, errors.New("tune: one setting: give a grid with another than the baseline")
	case cfg.Folds < 2 || cfg.Folds > n:
		return nil, fmt.Errorf("tune: %d folds of %d queries: give from 2 folds to as many as there are queries", cfg.Folds, n)
	case !(cfg.Precision >= 0 && cfg.Precision < 1):
		return nil, fmt.Errorf("tune: precision is %v: give a share from 0 to below 1", cfg.Precision)
	}
	t := newTable(cfg, cfg.Settings)
	order := rand.New(rand.NewPCG(cfg.Seed, 2)).Perm(n)
	r := &Result{Metric: cfg.Metric, Queries: n, Settings: len(cfg.Settings), Seed: cfg.Seed, Baseline: cfg.Settings[0]}
	chosen, err := t.crossValidate(ctx, order, r)
	if err != nil {
		return nil, err
	}
	best, err := t.choose(ctx, order)
	if err != nil {
		return nil, err
	}
	r.Best, r.Chosen = cfg.Settings[best], t.mean(best, order)
	t.rank(order, r)
	if cfg.Precision > 0 {
		if r.Threshold, err = t.calibrate(ctx, order, chosen, best); err != nil {
			return nil, err
		}
	}
	r.Searches = t.searches
	return r, nil
}

// fold are the queries of a fold, and the others.
func (t *table) fold(i int, order []int) (held, others []int) {
	for j, q := range order {
		if j%t.cfg.Folds == i {
			held = append(held, q)
		} else {
			others = append(others, q)
		}
	}
	return held, others
}

// crossValidate chooses a setting for each fold, and compares what they make of it with the baseline.
func (t *table) crossValidate(ctx context.Context, order []int, r *Result) (chosen []int, err error) {
	n := len(order)
	tuned, base := make([]float64, n), make([]float64, n)
	for i := range t.cfg.Folds {
		held, others := t.fold(i, order)
		best, err := t.choose(ctx, others)
		if err != nil {
			return nil, err
		}
		if err := t.learn(ctx, []int{0, best}, held); err != nil {
			return nil, err
		}
		for _, q := range held {
			tuned[q], base[q] = t.values[best][q], t.values[0][q]
		}
		chosen = append(chosen, best)
		r.Folds = append(r.Folds, Fold{len(held), t.settings[best], t.mean(best, others), t.mean(best, held), t.mean(0, held)})
	}
	r.HeldOut = eval.MeanOf(tuned, t.cfg.Seed)
	system := func(name string, values []float64) eval.SystemReport {
		return eval.SystemReport{Name: name, Values: map[string][]float64{t.cfg.Metric: values}}
	}
	r.Comparison, err = eval.Compare(system("baseline", base), system("tuned", tuned), t.cfg.Metric, t.cfg.Seed)
	return chosen, err
}

// rank lists the settings that are known on all queries.
func (t *table) rank(order []int, r *Result) {
	var known []int
	for s := range t.settings {
		all := true
		for _, q := range order {
			all = all && t.known[t.group[s]][q]
		}
		if all {
			known = append(known, s)
		}
	}
	for _, s := range t.ranked(known, order) {
		r.Ranking = append(r.Ranking, Ranked{t.settings[s], t.mean(s, order)})
	}
}
