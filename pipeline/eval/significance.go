package eval

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// The tests below take the differences between two systems, one a query, and return a two-sided p-value. Without a
// difference, or with a single query, it is 1.

// slack keeps sums that are equal but for rounding from being taken for smaller: a share of the sum of all magnitudes.
const slack = 1e-12

// pairedT is Student's paired t-test (Student 1908): the mean difference in units of its standard error follows the t
// distribution with one degree of freedom less than there are queries.
func pairedT(differences []float64) float64 {
	n := float64(len(differences))
	m, sd := stat.MeanStdDev(differences, nil)
	switch {
	case n < 2 || m == 0:
		return 1
	case sd == 0:
		return 0 // the same difference everywhere
	}
	t := m / (sd / math.Sqrt(n))
	return 2 * distuv.StudentsT{Sigma: 1, Nu: n - 1}.CDF(-math.Abs(t))
}

// Up to maxExact queries that are no ties, the randomisation test goes through all sign flips, a million; beyond, it
// draws flipSamples: then a p of 0.05 has a standard error of 0.0007.
const (
	maxExact    = 20
	flipSamples = 100_000
)

// randomisationTest is Fisher's (Fisher 1935, §21; for retrieval Smucker, Allan and Carterette 2007): if the systems
// were equally good, which of them got which value of a query would be chance, so each difference might as well have
// the other sign. p is the share of all ways to set the signs whose sum is at least as far from 0 as the one found.
// Of drawn samples, the one found counts as one more, so that p is never 0 (Phipson and Smyth 2010).
func randomisationTest(differences []float64, seed uint64) float64 {
	var moved []float64 // a tie stays one when its sign changes
	var sum, all float64
	for _, d := range differences {
		if d != 0 {
			moved = append(moved, d)
			sum += d
			all += math.Abs(d)
		}
	}
	least := math.Abs(sum) - slack*all
	if len(moved) <= maxExact {
		return float64(flips(0, moved, least)) / math.Exp2(float64(len(moved)))
	}
	random := rand.New(rand.NewPCG(seed, 1))
	asFar := 1
	for range flipSamples {
		if math.Abs(flipped(moved, random)) >= least {
			asFar++
		}
	}
	return float64(asFar) / (flipSamples + 1)
}

// flips counts the ways to add or subtract each of differences from sum that end at least as far from 0 as least.
func flips(sum float64, differences []float64, least float64) int {
	if len(differences) > 0 {
		return flips(sum+differences[0], differences[1:], least) + flips(sum-differences[0], differences[1:], least)
	}
	if math.Abs(sum) >= least {
		return 1
	}
	return 0
}

// flipped returns the sum of differences with random signs.
func flipped(differences []float64, random *rand.Rand) (sum float64) {
	var signs uint64
	for i, d := range differences {
		if i%64 == 0 {
			signs = random.Uint64()
		}
		sum += math.Float64frombits(math.Float64bits(d) ^ signs<<63) // no branch, which would be guessed wrong every other time
		signs >>= 1
	}
	return sum
}

// bootstrapTest is the bootstrap test by the shift method (Noreen 1989): the means of the samples that MeanOf draws
// are moved so that they lie around 0, as they would if the systems were equally good. p is the share that is at least
// as far from 0 as the mean found, which counts as one more. With fewer than some twenty queries it is too small, since
// a handful of differences hardly varies: 0.0001 for two where the randomisation test has 0.5.
func bootstrapTest(differences, means []float64) float64 {
	if len(differences) < 2 {
		return 1
	}
	found := mean(differences)
	asFar := 1
	for _, m := range means {
		if math.Abs(m-found) >= math.Abs(found)-slack {
			asFar++
		}
	}
	return float64(asFar) / float64(len(means)+1)
}

// detectable returns the difference for which a paired t-test at 5 % has a power of 80 % (Cohen 1988; for retrieval
// Sakai 2018): quantiles of t for both, times the standard error of the mean difference.
func detectable(differences []float64) float64 {
	n := float64(len(differences))
	if n < 2 {
		return 0
	}
	t := distuv.StudentsT{Sigma: 1, Nu: n - 1}
	return (t.Quantile(0.975) + t.Quantile(0.8)) * stat.StdDev(differences, nil) / math.Sqrt(n)
}

// Holm corrects the p-values of tests that were made together, so that the probability of taking any equal pair for
// different stays at the level chosen (Holm 1979): the smallest is multiplied by how many there are, the next by one
// less, and so on; none gets smaller than one before it, nor larger than 1. The order is that of p.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	corrected := make([]float64, len(p))
	largest := 0.0
	for rank, i := range order {
		largest = max(largest, min(1, p[i]*float64(len(p)-rank)))
		corrected[i] = largest
	}
	return corrected
}
