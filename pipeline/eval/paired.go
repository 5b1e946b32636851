package eval

import (
	"fmt"
	"math"
)

// A Comparison tells whether one system is better than another on the same queries, or whether the queries do not show
// it. Its JSON form is that of `quern compare --json`.
//
// All three p-values are two-sided and ask the same: were the systems equally good, how often would chance alone make
// a mean difference at least as large? Randomisation takes the least for granted and is the one to quote. The others
// agree with it where there are a few dozen queries or more (Smucker, Allan and Carterette 2007); with few, the
// bootstrap, interval included, is too sure.
type Comparison struct {
	A          string     `json:"a"`
	B          string     `json:"b"`
	Metric     string     `json:"metric"`
	Queries    int        `json:"queries"`
	Difference float64    `json:"difference"`  // mean over queries of B minus A: above 0, B is better
	CI         [2]float64 `json:"ci"`          // 95 % bootstrap interval of Difference: see MeanOf
	P          float64    `json:"p"`           // of Fisher's randomisation test
	PT         float64    `json:"p_t"`         // of the paired t-test
	PBootstrap float64    `json:"p_bootstrap"` // of the bootstrap test
	PHolm      float64    `json:"p_holm"`      // P, corrected for how many comparisons were made together: see Holm
	Wins       int        `json:"wins"`        // queries on which B is better
	Ties       int        `json:"ties"`
	Losses     int        `json:"losses"`
	RBO        float64    `json:"rbo"` // how alike their rankings are, in 0..1: see MeanRBO; 1 where neither has a run

	// Detectable is the least true difference that a t-test over as many queries would find significant (at 5 %) four
	// times out of five, when differences vary as they do here. Where it is larger than what would matter, "no
	// difference shown" means "too few queries". 0 with one query, or where all differences are equal: then it cannot
	// be told.
	Detectable float64 `json:"detectable"`
}

// tie is the difference below which two values are equal: some metrics add up the same terms in another order. Values
// that differ in earnest do so by far more.
const tie = 1e-9

// Compare compares b with a by their values of a metric. Both must come from the same queries in the same order, which
// is so for two systems of one report. Equal seeds give equal results. It ends with an error if a system lacks the
// metric, if they do not have as many queries, none at all, or a value that is no number. With one query nothing can
// be shown, and every p is 1.
func Compare(a, b SystemReport, metric string, seed uint64) (Comparison, error) {
	differences, err := subtract(a, b, metric)
	if err != nil {
		return Comparison{}, fmt.Errorf("eval: compare %q with %q: %w", a.Name, b.Name, err)
	}
	means := resample(differences, seed)
	c := Comparison{
		A: a.Name, B: b.Name, Metric: metric, Queries: len(differences),
		Difference: mean(differences),
		CI:         interval(means),
		P:          randomisationTest(differences, seed),
		PT:         pairedT(differences),
		PBootstrap: bootstrapTest(differences, means),
		Detectable: detectable(differences),
		RBO:        likeness(a.Run, b.Run),
	}
	c.PHolm = c.P
	for _, d := range differences {
		switch {
		case d > 0:
			c.Wins++
		case d < 0:
			c.Losses++
		default:
			c.Ties++
		}
	}
	return c, nil
}

// CompareAll compares every two of systems, the first with each that follows, then the second, and so on. PHolm takes
// into account how many comparisons that makes.
func CompareAll(systems []SystemReport, metric string, seed uint64) ([]Comparison, error) {
	var all []Comparison
	var p []float64
	for i, a := range systems {
		for _, b := range systems[i+1:] {
			c, err := Compare(a, b, metric, seed)
			if err != nil {
				return nil, err
			}
			all, p = append(all, c), append(p, c.P)
		}
	}
	for i, corrected := range Holm(p) {
		all[i].PHolm = corrected
	}
	return all, nil
}

// likeness is the mean RBO of two runs over the queries that either has.
func likeness(a, b Run) float64 {
	var queries []Query
	for _, id := range sortedKeys(a) {
		queries = append(queries, Query{ID: id})
	}
	for _, id := range sortedKeys(b) {
		if _, both := a[id]; !both {
			queries = append(queries, Query{ID: id})
		}
	}
	if len(queries) == 0 {
		return 1
	}
	return MeanRBO(a, b, queries, Persistence)
}

// subtract returns by how much b is better on each query: exactly 0 for a tie.
func subtract(a, b SystemReport, metric string) ([]float64, error) {
	x, y := a.Values[metric], b.Values[metric]
	switch {
	case len(x) != len(y):
		return nil, fmt.Errorf("%s of %d and of %d queries: measure both by this metric, over the same queries", metric, len(x), len(y))
	case len(x) == 0:
		return nil, fmt.Errorf("no query has a value of %s: measure both by this metric", metric)
	}
	differences := make([]float64, len(x))
	for i := range x {
		d := y[i] - x[i]
		if math.IsNaN(d) || math.IsInf(d, 0) {
			return nil, fmt.Errorf("%s of query %d is %v and %v: give numbers", metric, i+1, x[i], y[i])
		}
		if math.Abs(d) >= tie {
			differences[i] = d
		}
	}
	return differences, nil
}
