package eval

import (
	"math"
	"math/rand/v2"
	"slices"
)

// An Estimate is a mean over queries with its 95 % confidence interval.
type Estimate struct {
	Mean float64    `json:"mean"`
	CI   [2]float64 `json:"ci"`
}

// The bootstrap draws 10,000 samples, and fewer where the queries are so many that it would take more than maxDraws
// draws: then the bounds are steady with fewer, of which 1,000 are enough.
const (
	resamples    = 10_000
	minResamples = 1_000
	maxDraws     = 20_000_000
)

// MeanOf returns the mean of values, one a query, with the percentile bootstrap interval (Efron 1979): the range that
// holds the middle 95 % of the means of samples drawn from values, with replacement and of the same size. Equal seeds
// draw the same queries, so that the intervals of two systems over the same queries go together. Without values all
// are 0.
func MeanOf(values []float64, seed uint64) Estimate {
	return Estimate{Mean: mean(values), CI: interval(resample(values, seed))}
}

// resample returns the means of samples drawn from values, sorted.
func resample(values []float64, seed uint64) []float64 {
	n := len(values)
	if n == 0 {
		return nil
	}
	random := rand.New(rand.NewPCG(seed, 0))
	means := make([]float64, min(resamples, max(minResamples, maxDraws/n)))
	for i := range means {
		sum := 0.0
		for range n {
			sum += values[random.IntN(n)]
		}
		means[i] = sum / float64(n)
	}
	slices.Sort(means)
	return means
}

// interval returns what the middle 95 % of sorted means lie between.
func interval(means []float64) [2]float64 {
	return [2]float64{percentile(means, 2.5), percentile(means, 97.5)}
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return over(sum, float64(len(values)))
}

// percentile returns the p-th percentile of sorted values, between the two nearest in proportion; 0 of none.
func percentile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := p / 100 * float64(len(sorted)-1)
	low := int(math.Floor(at))
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}
