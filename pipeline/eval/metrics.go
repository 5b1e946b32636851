package eval

import (
	"fmt"
	"strconv"
	"strings"
)

// A Metric says in 0..1 how good one ranking is. The names and values are those of ir_measures, which takes most of
// them from trec_eval:
//
//	nDCG@k     sum of grade/log2(rank+1) over the first k, divided by that of the best possible ranking (Järvelin and
//	           Kekäläinen 2002, with the grade itself as gain, as trec_eval has it; grades below 0 gain nothing)
//	RR@k       1/rank of the first relevant document, 0 if there is none; its mean is called MRR
//	AP@k       sum of the precision at each relevant document, divided by how many there are; its mean is called MAP
//	P@k        relevant documents among the first k, divided by k
//	R@k        relevant documents among the first k, divided by how many there are
//	Success@k  1 if there is a relevant document among the first k
//	Judged@k   share of the first k documents that somebody has judged
//	ERR@k      1/rank at which a reader who goes down the list is expected to have found enough, where a document of
//	           grade g satisfies with probability (2^g-1)/2^4 (Chapelle, Metzler, Zhang and Grinspan 2009, as TREC's
//	           gdeval has it: 4 is the highest grade, and what is above counts as 4)
//
// Relevant is what has a grade of 1 or more; "P(rel=2)@10" raises that. nDCG, RR, AP and ERR go without @k too.
type Metric struct {
	name   string
	k      int // 0: no cutoff
	rel    int
	values func(m Metric, ranking []string, judged map[string]int) float64
}

// ParseMetric finds a metric by its name.
func ParseMetric(name string) (Metric, error) {
	m := Metric{name: name, rel: 1}
	base, cut, hasCut := strings.Cut(name, "@")
	base, param, hasParam := strings.Cut(base, "(")
	needsCut, takesRel := false, true
	switch base {
	case "nDCG":
		m.values, takesRel = ndcg, false
	case "RR":
		m.values = reciprocalRank
	case "AP":
		m.values = averagePrecision
	case "P":
		m.values, needsCut = precision, true
	case "R":
		m.values, needsCut = recall, true
	case "Success":
		m.values, needsCut = success, true
	case "Judged":
		m.values, needsCut, takesRel = judgedShare, true, false
	case "ERR":
		m.values, takesRel = expectedReciprocalRank, false
	case "RBO":
		return Metric{}, fmt.Errorf("eval: metric %q: it compares two runs and takes no judgments: call RBO", name)
	default:
		return Metric{}, fmt.Errorf("eval: metric %q: unknown: try nDCG@10, RR@10, AP, P@10, R@100, Success@1, Judged@10 or ERR@10", name)
	}
	if hasCut {
		k, err := strconv.Atoi(cut)
		if err != nil || k < 1 {
			return Metric{}, fmt.Errorf("eval: metric %q: cutoff %q: give a whole number from 1", name, cut)
		}
		m.k = k
	} else if needsCut {
		return Metric{}, fmt.Errorf("eval: metric %q: it needs a cutoff: try %s@10", name, name)
	}
	if hasParam {
		rel, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(param, "rel="), ")"))
		if err != nil || rel < 1 || !takesRel || !strings.HasPrefix(param, "rel=") || !strings.HasSuffix(param, ")") {
			return Metric{}, fmt.Errorf("eval: metric %q: %q: only a least grade can stand there, as in P(rel=2)@10", name, "("+param)
		}
		m.rel = rel
	}
	return m, nil
}

// Name is the name that ParseMetric was given.
func (m Metric) Name() string { return m.name }

// Cutoff is how many results the metric looks at, 0 for all.
func (m Metric) Cutoff() int { return m.k }

// Of returns the metric's value for a ranking of document IDs, the best first and none twice, of a query with the given
// judgments. Where a metric is not defined, for lack of relevant documents or of results, it is 0.
func (m Metric) Of(ranking []string, judged map[string]int) float64 {
	if m.k > 0 {
		ranking = ranking[:min(m.k, len(ranking))]
	}
	return m.values(m, ranking, judged)
}

// OfRun returns the metric's value for each of queries, in their order. A query that the run does not have counts as
// one without results, so that a system gains nothing by staying silent.
func (m Metric) OfRun(run Run, queries []Query, qrels Qrels) []float64 {
	values := make([]float64, len(queries))
	for i, q := range queries {
		values[i] = m.Of(ids(run[q.ID]), qrels[q.ID])
	}
	return values
}
