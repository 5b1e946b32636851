package eval

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quern-search/quern/pipeline"
)

// An evaluation is one in progress.
type evaluation struct {
	dataset *Dataset
	cfg     Config // with defaults
	off     bool   // no system needs the model
	drops   bool   // some system leaves hits out
	metrics []Metric
	report  *Report
	reason  string      // why the first search that was not judged to the end was not
	times   [][]float64 // by system, one a query
	shown   []int       // by system: results in all first tens
	unknown []int       // those of them that nobody has judged
}

func newEvaluation(d *Dataset, cfg Config) (*evaluation, error) {
	if len(cfg.Systems) == 0 {
		cfg.Systems = []System{{Name: "bm25"}}
	}
	cfg.Window = cmp.Or(cfg.Window, DefaultWindow)
	if cfg.Window < 0 || cfg.Depth < 0 {
		return nil, fmt.Errorf("eval: window %d, depth %d: give positive numbers, or 0 for the defaults", cfg.Window, cfg.Depth)
	}
	if len(cfg.Metrics) == 0 {
		cfg.Metrics = DefaultMetrics()
	}
	metrics, deepest := make([]Metric, len(cfg.Metrics)), DefaultDepth
	for i, name := range cfg.Metrics {
		var err error
		if metrics[i], err = ParseMetric(name); err != nil {
			return nil, err
		}
		deepest = max(deepest, metrics[i].Cutoff())
	}
	cfg.Depth = cmp.Or(cfg.Depth, deepest)
	n := len(cfg.Systems)
	e := &evaluation{
		dataset: d, cfg: cfg, off: true,
		report: &Report{LeftOut: d.LeftOut, Window: cfg.Window, Depth: cfg.Depth, Seed: cfg.Seed, Statuses: map[pipeline.Status]int{}},
		times:  make([][]float64, n), shown: make([]int, n), unknown: make([]int, n),
	}
	for i, name := range cfg.Metrics {
		if !slices.Contains(cfg.Metrics[:i], name) {
			e.metrics = append(e.metrics, metrics[i])
			e.report.Metrics = append(e.report.Metrics, name)
		}
	}
	for _, s := range cfg.Systems {
		switch {
		case !(s.Blend >= 0 && s.Blend <= 1):
			return nil, fmt.Errorf("eval: system %q: blend is %v: give a weight in 0..1", s.Name, s.Blend)
		case !(s.MinScore >= 0 && s.MinScore <= 1):
			return nil, fmt.Errorf("eval: system %q: min_score is %v: give a relevance in 0..1", s.Name, s.MinScore)
		case s.Window < 0 || s.Window > cfg.Window:
			return nil, fmt.Errorf("eval: system %q: window is %d: give 0 to %d, which is that of the evaluation", s.Name, s.Window, cfg.Window)
		}
		e.drops = e.drops || s.MinScore > 0
		e.off = e.off && s.Blend == 0
		e.report.Systems = append(e.report.Systems, SystemReport{
			Name: s.Name, Blend: s.Blend, Metrics: map[string]Estimate{}, Values: map[string][]float64{}, Run: Run{},
			PerQuery: map[string]map[string]float64{},
		})
	}
	if e.off {
		e.report.Window = 0
	}
	return e, nil
}

// ask returns the search for q: all that any system may order. One more is asked for where the query itself may be
// among the results.
func (e *evaluation) ask(q Query) pipeline.Query {
	self := 0
	if e.dataset.SkipSelf {
		self = 1
	}
	most := max(e.cfg.Depth, e.cfg.Window)
	if e.drops {
		most += e.cfg.Window // as many may be left out
	}
	return pipeline.Query{
		Text: q.Text, Window: e.cfg.Window + self, TopN: most + self,
		Instruct: e.cfg.Instruct, Deadline: Deadline, Off: e.off, Plain: true, NoSnippets: true,
	}
}

// take measures every system by the answer to q.
func (e *evaluation) take(q Query, a pipeline.Answer) {
	e.report.Statuses[a.Rerank.Status]++
	if e.reason == "" && (a.Rerank.Status == pipeline.Partial || a.Rerank.Status == pipeline.Failed) {
		e.reason = a.Rerank.Reason
	}
	known, spent := e.cfg.Store.taken()
	e.report.Known += known
	hits := pipeline.Order(a.Hits, 0)
	if e.dataset.SkipSelf {
		hits = withoutSelf(hits, q.ID, e.cfg.Window)
	}
	for i := range e.report.Systems {
		s := &e.report.Systems[i]
		e.measure(i, q, e.ranked(e.cfg.Systems[i].order(hits)))
		took := a.Stats.TotalMS + float64(spent)/float64(time.Millisecond)
		if s.Blend == 0 {
			took = a.Stats.RetrieveMS
		} else {
			s.Tokens += a.Rerank.Tokens
		}
		e.times[i] = append(e.times[i], took)
	}
}

// order is what s makes of hits, which are in BM25 order.
func (s System) order(hits []pipeline.Hit) []pipeline.Hit {
	if s.Blend == 0 {
		return pipeline.Order(hits, 0)
	}
	if s.Window > 0 {
		hits = slices.Clone(hits)
		for i := range hits {
			if hits[i].BM25.Rank > s.Window {
				hits[i].Rerank = nil
			}
		}
	}
	return slices.DeleteFunc(pipeline.Order(hits, s.Blend), func(h pipeline.Hit) bool {
		return h.Rerank != nil && h.Rerank.Relevance < s.MinScore
	})
}

// ranked are the first hits, as a run has them.
func (e *evaluation) ranked(hits []pipeline.Hit) []Ranked {
	results := make([]Ranked, min(e.cfg.Depth, len(hits)))
	for i := range results {
		results[i] = Ranked{strings.Clone(hits[i].ID), hits[i].Score} // a clone, so that no document stays in memory with it
	}
	return results
}

// measure notes what system i makes of q, and what that is worth.
func (e *evaluation) measure(i int, q Query, results []Ranked) {
	s, judged := &e.report.Systems[i], e.dataset.Qrels[q.ID]
	for _, r := range results[:min(10, len(results))] {
		e.shown[i]++
		if _, ok := judged[r.ID]; !ok {
			e.unknown[i]++
		}
	}
	if !e.cfg.Brief {
		s.Run[q.ID] = results
	}
	for _, m := range e.metrics {
		v := m.Of(ids(results), judged)
		s.Values[m.name] = append(s.Values[m.name], v)
		if e.cfg.PerQuery {
			if s.PerQuery[q.ID] == nil {
				s.PerQuery[q.ID] = map[string]float64{}
			}
			s.PerQuery[q.ID][m.name] = v
		}
	}
}

// withoutSelf returns hits, which are in BM25 order, without the document that is the query itself, as if the index
// had never had it: the ranks close up, and the window ends where it would have.
func withoutSelf(hits []pipeline.Hit, id string, window int) []pipeline.Hit {
	hits = slices.DeleteFunc(slices.Clone(hits), func(h pipeline.Hit) bool { return h.ID == id })
	for i := range hits {
		hits[i].BM25.Rank = i + 1
		if i >= window {
			hits[i].Rerank = nil
		}
	}
	return hits
}

// finish works out the means.
func (e *evaluation) finish() *Report {
	for i := range e.report.Systems {
		s := &e.report.Systems[i]
		s.Queries = len(e.dataset.Queries)
		for name, values := range s.Values {
			if e.cfg.Brief {
				s.Metrics[name] = Estimate{Mean: mean(values)}
			} else {
				s.Metrics[name] = MeanOf(values, e.cfg.Seed)
			}
		}
		s.Latency = latencyOf(e.times[i])
		s.Unjudged = over(float64(e.unknown[i]), float64(e.shown[i]))
	}
	e.report.warn(e.dataset, e.reason)
	return e.report
}
