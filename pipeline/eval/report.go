package eval

import (
	"fmt"
	"slices"

	"github.com/quern-search/quern/pipeline"
)

// A Report is what Evaluate found. Its JSON form is that of `quern eval --json`.
type Report struct {
	Systems  []SystemReport          `json:"systems"`
	Metrics  []string                `json:"metrics"`          // their names, in the order in which they were asked for
	LeftOut  int                     `json:"queries_left_out"` // queries without a relevant document
	Window   int                     `json:"window"`           // candidates judged a query, at the most
	Depth    int                     `json:"depth"`            // results a query, at the most
	Seed     uint64                  `json:"seed"`             // of the confidence intervals
	Statuses map[pipeline.Status]int `json:"statuses"`         // what became of the reranking, in queries
	Known    int                     `json:"known_scores"`     // of the model, that were kept from before: see Store
	Warnings []string                `json:"warnings"`         // what a reader of the numbers should know; never null
}

// A SystemReport is about one of the systems.
type SystemReport struct {
	Name     string              `json:"name"`
	Blend    float64             `json:"blend"` // weight of relevance against BM25
	Metrics  map[string]Estimate `json:"metrics"`
	Queries  int                 `json:"queries"`
	Unjudged float64             `json:"unjudged"`   // share of the first 10 results that nobody has judged; they count as wrong
	Latency  Latency             `json:"latency_ms"` // of one search; of BM25 alone where Blend is 0; for scores kept in a Store, as long as the model took then
	Tokens   int                 `json:"tokens"`     // read by the model, all queries together

	PerQuery map[string]map[string]float64 `json:"per_query,omitempty"` // by query ID and metric, if Config.PerQuery asks for it

	Values map[string][]float64 `json:"-"` // by metric: one value a query, in the order of Dataset.Queries
	Run    Run                  `json:"-"`
}

// A Latency tells how long searches took, in milliseconds.
type Latency struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func latencyOf(ms []float64) Latency {
	slices.Sort(ms)
	return Latency{percentile(ms, 50), percentile(ms, 90), percentile(ms, 99), percentile(ms, 100)}
}

// warn writes the warnings of r: those of the dataset, and one for the searches that were not judged as they should be.
func (r *Report) warn(d *Dataset, firstReason string) {
	r.Warnings = []string{}
	for _, w := range d.Warnings {
		r.Warnings = append(r.Warnings, w.Error())
	}
	r.warnUnjudged()
	if n := r.Statuses[pipeline.Partial] + r.Statuses[pipeline.Failed]; n > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf(
			"eval: %d of %d queries were not judged to the end, so the numbers say little about the model: %s", n, len(d.Queries), firstReason))
	}
}

// unevenly is the difference in the share of unjudged results from which on a comparison is doubtful.
const unevenly = 0.05

// warnUnjudged warns where one system shows more that nobody has judged than another: judgments are mostly made of what
// some systems found, and count against one that finds something else.
func (r *Report) warnUnjudged() {
	most, least := r.Systems[0], r.Systems[0]
	for _, s := range r.Systems {
		if s.Unjudged > most.Unjudged {
			most = s
		}
		if s.Unjudged < least.Unjudged {
			least = s
		}
	}
	if most.Unjudged-least.Unjudged > unevenly {
		r.Warnings = append(r.Warnings, fmt.Sprintf("eval: of the first 10 results, %.0f %% of %s are not judged and %.0f %% of %s: what is not judged counts as wrong, so the figures of %s may be too low",
			100*most.Unjudged, most.Name, 100*least.Unjudged, least.Name, most.Name))
	}
}
