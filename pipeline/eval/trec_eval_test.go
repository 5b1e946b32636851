package eval_test

import (
	_ "embed"
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/quern-search/quern/pipeline/eval"
)

// What trec_eval and other tools make of random runs, and the runs: see testdata/trec_eval.py.
//
//go:embed testdata/trec_eval.json
var trecEval []byte

type oracle struct {
	Queries []string
	Qrels   eval.Qrels
	Runs    []struct {
		Scores map[string]map[string]float64
		Values map[string][]float64
	}
	RBO map[string][]float64 // by p
}

// readOracle returns trecEval, and its runs as eval has them.
func readOracle(t *testing.T) (o oracle, queries []eval.Query, runs []eval.Run) {
	if err := json.Unmarshal(trecEval, &o); err != nil {
		t.Fatal(err)
	}
	for _, id := range o.Queries {
		queries = append(queries, eval.Query{ID: id})
	}
	for _, r := range o.Runs {
		run := eval.Run{}
		for query, scores := range r.Scores {
			for id, score := range scores {
				run[query] = append(run[query], eval.Ranked{ID: id, Score: score})
			}
			eval.Sort(run[query])
		}
		runs = append(runs, run)
	}
	return o, queries, runs
}

// tolerance is what the values may differ by. They are doubles in both places and added up in another order.
const tolerance = 1e-9

func TestMetricsAreThoseOfTrecEval(t *testing.T) {
	o, queries, runs := readOracle(t)
	largest, compared := 0.0, 0
	for i, run := range runs {
		for name, want := range o.Runs[i].Values {
			m, err := eval.ParseMetric(name)
			if err != nil {
				t.Fatal(err)
			}
			got := m.OfRun(run, queries, o.Qrels)
			for j, q := range queries {
				compared++
				largest = max(largest, math.Abs(got[j]-want[j]))
				if !(math.Abs(got[j]-want[j]) <= tolerance) {
					t.Errorf("run %d, query %s: %s is %.9f, want %.9f", i, q.ID, name, got[j], want[j])
				}
			}
		}
	}
	if compared < 1000 {
		t.Errorf("only %d values compared", compared)
	}
	t.Logf("%d values, the largest difference is %.1e", compared, largest)
}

func TestRBOIsThatOfWebber(t *testing.T) {
	o, queries, runs := readOracle(t)
	if len(o.RBO) == 0 {
		t.Fatal("nothing to compare with")
	}
	for text, want := range o.RBO {
		p, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, q := range queries {
			got := eval.RBO(ids(runs[0][q.ID]), ids(runs[1][q.ID]), p)
			if math.Abs(got-want[i]) > tolerance {
				t.Errorf("query %s: RBO at %v is %.9f, want %.9f", q.ID, p, got, want[i])
			}
			sum += want[i]
		}
		if got := eval.MeanRBO(runs[0], runs[1], queries, p); math.Abs(got-sum/float64(len(queries))) > tolerance {
			t.Errorf("mean RBO at %v is %.9f, want %.9f", p, got, sum/float64(len(queries)))
		}
	}
}

func ids(results []eval.Ranked) (list []string) {
	for _, r := range results {
		list = append(list, r.ID)
	}
	return list
}

func TestRBO(t *testing.T) {
	a, b, c := []string{"a"}, []string{"a", "b"}, []string{"c", "d", "e"}
	tests := []struct {
		name string
		x, y []string
		want float64
	}{
		{"none", nil, nil, 1},
		{"one empty", a, nil, 0},
		{"the other empty", nil, a, 0},
		{"the same", b, b, 1},
		{"nothing in common", b, c, 0},
		{"one goes on", a, b, 1}, // the shorter could go on with b
		// agreement 0 at rank 1 (weight 0.1), 1 from rank 2 (all other weight)
		{"swapped", b, []string{"b", "a"}, 0.9},
	}
	for _, test := range tests {
		x, y := eval.RBO(test.x, test.y, eval.Persistence), eval.RBO(test.y, test.x, eval.Persistence)
		if math.Abs(x-test.want) > 1e-12 || math.Abs(y-test.want) > 1e-12 {
			t.Errorf("%s: %v, turned round %v, want %v", test.name, x, y, test.want)
		}
	}
}
