package eval

import (
	"math"
	"slices"
)

// The formulas of the metrics: see Metric for what they mean.

// over divides, and gives 0 for 0/0.
func over(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func ndcg(m Metric, ranking []string, judged map[string]int) float64 {
	var ideal []int
	for _, grade := range judged {
		ideal = append(ideal, grade)
	}
	slices.SortFunc(ideal, func(a, b int) int { return b - a })
	if m.k > 0 {
		ideal = ideal[:min(m.k, len(ideal))]
	}
	grades := make([]int, len(ranking))
	for i, id := range ranking {
		grades[i] = judged[id]
	}
	return over(dcg(grades), dcg(ideal))
}

func dcg(grades []int) (sum float64) {
	for i, grade := range grades {
		sum += float64(max(grade, 0)) / math.Log2(float64(i+2)) // the rank is i+1
	}
	return sum
}

// hits counts the relevant documents of a ranking.
func (m Metric) hits(ranking []string, judged map[string]int) (n float64) {
	for _, id := range ranking {
		if judged[id] >= m.rel {
			n++
		}
	}
	return n
}

func reciprocalRank(m Metric, ranking []string, judged map[string]int) float64 {
	for i, id := range ranking {
		if judged[id] >= m.rel {
			return 1 / float64(i+1)
		}
	}
	return 0
}

func averagePrecision(m Metric, ranking []string, judged map[string]int) float64 {
	var found, sum float64
	for i, id := range ranking {
		if judged[id] >= m.rel {
			found++
			sum += found / float64(i+1)
		}
	}
	return over(sum, float64(relevant(judged, m.rel)))
}

func precision(m Metric, ranking []string, judged map[string]int) float64 {
	return m.hits(ranking, judged) / float64(m.k)
}

func recall(m Metric, ranking []string, judged map[string]int) float64 {
	return over(m.hits(ranking, judged), float64(relevant(judged, m.rel)))
}

func success(m Metric, ranking []string, judged map[string]int) float64 {
	return min(1, m.hits(ranking, judged))
}

func judgedShare(_ Metric, ranking []string, judged map[string]int) float64 {
	n := 0
	for _, id := range ranking {
		if _, ok := judged[id]; ok {
			n++
		}
	}
	return over(float64(n), float64(len(ranking)))
}

// maxGrade is the highest grade of ERR: TREC's web track and gdeval have 0 to 4. A fixed one keeps values comparable
// between sets of queries.
const maxGrade = 4

func expectedReciprocalRank(_ Metric, ranking []string, judged map[string]int) (sum float64) {
	reads := 1.0 // probability that the reader comes as far as this document
	for i, id := range ranking {
		grade := min(max(judged[id], 0), maxGrade)
		satisfied := (math.Exp2(float64(grade)) - 1) / math.Exp2(maxGrade)
		sum += reads * satisfied / float64(i+1)
		reads *= 1 - satisfied
	}
	return sum
}
