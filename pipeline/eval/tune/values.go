package tune

import (
	"context"
	"fmt"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/pipeline/eval"
)

// A table has what each setting is worth on each query, as far as somebody has asked. It finds out what it does not know.
type table struct {
	cfg      Config
	settings []Setting
	groups   [][]int     // places of settings that share a search
	group    []int       // of a setting
	values   [][]float64 // by setting and query
	known    [][]bool    // by group and query
	searches int         // that were made, and those to be made at the most
}

func newTable(cfg Config, settings []Setting) *table {
	t := &table{cfg: cfg, settings: settings, group: make([]int, len(settings)), values: make([][]float64, len(settings))}
	places, queries := map[Search]int{}, len(cfg.Dataset.Queries)
	for i, s := range settings {
		place, shared := places[s.Search]
		if !shared {
			place = len(t.groups)
			places[s.Search] = place
			t.groups = append(t.groups, nil)
			t.known = append(t.known, make([]bool, queries))
		}
		t.group[i] = place
		t.groups[place] = append(t.groups[place], i)
		t.values[i] = make([]float64, queries)
	}
	return t
}

// learn makes sure that the values of settings on queries are known. Settings that share a search with one of them become
// known on the way.
func (t *table) learn(ctx context.Context, settings, queries []int) error {
	wanted := make([]bool, len(t.groups))
	for _, s := range settings {
		wanted[t.group[s]] = true
	}
	for g, yes := range wanted {
		if !yes {
			continue
		}
		var missing []int
		for _, q := range queries {
			if !t.known[g][q] {
				missing = append(missing, q)
			}
		}
		if len(missing) > 0 {
			if err := t.search(ctx, g, missing); err != nil {
				return err
			}
		}
	}
	return nil
}

// search asks the queries with the search of a group.
func (t *table) search(ctx context.Context, group int, queries []int) error {
	part := *t.cfg.Dataset
	part.Queries, part.Warnings = nil, nil
	for _, q := range queries {
		part.Queries = append(part.Queries, t.cfg.Dataset.Queries[q])
	}
	shared := t.settings[t.groups[group][0]].Search
	searcher, err := t.cfg.Open(ctx, shared)
	if err != nil {
		return err
	}
	metric, err := eval.ParseMetric(t.cfg.Metric)
	if err != nil {
		return err
	}
	cfg := eval.Config{Metrics: []string{t.cfg.Metric}, Depth: metric.Cutoff(), Instruct: shared.Instruct, Brief: true}
	for _, s := range t.groups[group] {
		cfg.Systems = append(cfg.Systems, t.settings[s].system())
		cfg.Window = max(cfg.Window, t.settings[s].Window)
	}
	before := t.searches
	if t.cfg.Progress != nil {
		cfg.Progress = func(done, _ int) { t.cfg.Progress(before+done, len(t.groups)*len(t.cfg.Dataset.Queries)) }
	}
	report, err := eval.Evaluate(ctx, &part, searcher, cfg)
	if err != nil {
		return fmt.Errorf("tune: %s: %w", t.settings[t.groups[group][0]], err)
	}
	if report.Statuses[pipeline.Partial]+report.Statuses[pipeline.Failed] > 0 {
		return fmt.Errorf("tune: %s: %s", t.settings[t.groups[group][0]], report.Warnings[len(report.Warnings)-1])
	}
	t.searches += len(queries)
	for i, s := range t.groups[group] {
		for j, q := range queries {
			t.values[s][q] = report.Systems[i].Values[t.cfg.Metric][j]
		}
	}
	for _, q := range queries {
		t.known[group][q] = true
	}
	return nil
}

// mean is what a setting is worth on queries, all of which are known.
func (t *table) mean(setting int, queries []int) float64 {
	sum := 0.0
	for _, q := range queries {
		sum += t.values[setting][q]
	}
	return sum / float64(max(len(queries), 1))
}
