package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// Significant is the p-value, corrected for the number of comparisons, below which a difference counts as shown.
const Significant = 0.05

// ReadBaseline reads a report as JSON, to gate others by. It must have been made with Config.PerQuery.
func ReadBaseline(r io.Reader) (*Report, error) {
	var b Report
	if err := json.NewDecoder(r).Decode(&b); err != nil {
		return nil, fmt.Errorf("eval: baseline: %w: give what `quern eval --per-query --json` prints", err)
	}
	for _, s := range b.Systems {
		if len(s.PerQuery) > 0 && len(b.Metrics) > 0 {
			return &b, nil
		}
	}
	return nil, errors.New("eval: baseline: no values of queries: make it with `quern eval --per-query --json`")
}

// A Gated is a report held against a baseline.
type Gated struct {
	Comparisons []Comparison // of each system, by each metric, with itself in the baseline, which is A and "baseline"
	Warnings    []string     // what could not be compared; never null
}

// Fallen are the comparisons that show that a system has become worse.
func (g Gated) Fallen() (fallen []Comparison) {
	for _, c := range g.Comparisons {
		if c.Difference < 0 && c.PHolm < Significant {
			fallen = append(fallen, c)
		}
	}
	return fallen
}

// Gate compares every system of a report with the one of the same name in a baseline, by every metric that the baseline
// has, over the queries that both have. PHolm takes into account how many comparisons that makes, so a baseline of few
// metrics finds more. It ends with an error if there is nothing to compare.
func Gate(baseline, now *Report, seed uint64) (Gated, error) {
	g := Gated{Warnings: []string{}}
	if baseline.Window != now.Window || baseline.Depth != now.Depth {
		g.warnf("the baseline has window %d and depth %d, now it is %d and %d", baseline.Window, baseline.Depth, now.Window, now.Depth)
	}
	for _, before := range baseline.Systems {
		after := now.system(before.Name)
		if after == nil {
			g.warnf("system %q of the baseline was not measured", before.Name)
			continue
		}
		queries := g.common(before, *after)
		if len(queries) == 0 {
			continue
		}
		for _, metric := range baseline.Metrics {
			a, b := before.only(queries, metric), after.only(queries, metric)
			a.Name = "baseline"
			c, err := Compare(a, b, metric, seed)
			if err != nil {
				g.warnf("%v", err)
				continue
			}
			g.Comparisons = append(g.Comparisons, c)
		}
	}
	if len(g.Comparisons) == 0 {
		return g, fmt.Errorf("eval: gate: nothing to compare: systems, metrics and queries must be those of the baseline (%v)", g.Warnings)
	}
	var p []float64
	for _, c := range g.Comparisons {
		p = append(p, c.P)
	}
	for i, corrected := range Holm(p) {
		g.Comparisons[i].PHolm = corrected
	}
	g.warnOfFew()
	return g, nil
}

// warnOfFew says where no fall could be shown: if all n queries got worse, p were 2/2^n, and is multiplied by the number of
// comparisons.
func (g *Gated) warnOfFew() {
	fewest := g.Comparisons[0].Queries
	for _, c := range g.Comparisons {
		fewest = min(fewest, c.Queries)
	}
	if n := len(g.Comparisons); math.Ldexp(float64(n), 1-fewest) >= Significant {
		g.warnf("%d queries are too few to show a fall by %d comparisons, however large: measure more queries, or fewer metrics", fewest, n)
	}
}

func (g *Gated) warnf(format string, args ...any) {
	g.Warnings = append(g.Warnings, "eval: gate: "+fmt.Sprintf(format, args...))
}

// common are the queries of both, sorted, and a warning where they are not the same.
func (g *Gated) common(a, b SystemReport) (queries []string) {
	for _, id := range sortedKeys(a.PerQuery) {
		if _, both := b.PerQuery[id]; both {
			queries = append(queries, id)
		}
	}
	if len(queries) < len(a.PerQuery) || len(queries) < len(b.PerQuery) {
		g.warnf("system %q: %d of the baseline's %d queries and of the %d now are the same, and are compared", a.Name, len(queries), len(a.PerQuery), len(b.PerQuery))
	}
	return queries
}

func (r *Report) system(name string) *SystemReport {
	for i := range r.Systems {
		if r.Systems[i].Name == name {
			return &r.Systems[i]
		}
	}
	return nil
}

// only is s by one metric over some queries. Those that have no value of it are left out, which Compare then tells.
func (s SystemReport) only(queries []string, metric string) SystemReport {
	var values []float64
	for _, id := range queries {
		if v, ok := s.PerQuery[id][metric]; ok {
			values = append(values, v)
		}
	}
	return SystemReport{Name: s.Name, Values: map[string][]float64{metric: values}}
}
