package eval

import (
	"fmt"
	"slices"

	"github.com/quern-search/quern/pipeline"
)

// A Report is what Evaluate found. Its JSON form is that of `quern eval --json`.
type Report struct {
	Systems  []SystemReport          `json:"systems"`
	LeftOut  int                     `json:"queries_left_out"` // queries without a relevant document
	Window   int                     `json:"window"`           // candidates judged a query, at the most
	Depth    int                     `json:"depth"`            // results a query, at the most
	Seed     uint64                  `json:"seed"`             // of the confidence intervals
	Statuses map[pipeline.Status]int `json:"statuses"`         // what became of the reranking, in queries
	Warnings []string                `json:"warnings"`         // what a reader of the numbers should know; never null
}

// A SystemReport is about one of the systems.
type SystemReport struct {
	Name     string              `json:"name"`
	Blend    float64             `json:"blend"` // weight of relevance against BM25
	Metrics  map[string]Estimate `json:"metrics"`
	Queries  int                 `json:"queries"`
	Unjudged float64             `json:"unjudged"`   // share of the first 10 results that nobody has judged; they count as wrong
	Latency  Latency             `json:"latency_ms"` // of one search; of BM25 alone where Blend is 0
	Tokens   int                 `json:"tokens"`     // read by the model, all queries together

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
	if n := r.Statuses[pipeline.Partial] + r.Statuses[pipeline.Failed]; n > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf(
			"eval: %d of %d queries were not judged to the end, so the numbers say little about the model: %s", n, len(d.Queries), firstReason))
	}
}
