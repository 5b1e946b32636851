package eval_test

import (
	_ "embed"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/quern-search/quern/fixtures"
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

// What pytrec_eval and ir_measures make of BM25's own answers: see testdata/real_runs.py.
//
//go:embed testdata/real_runs.json
var realRuns []byte

func TestMetricsOfRealRuns(t *testing.T) {
	var want struct {
		Queries []string
		Runs    []map[string][]float64
	}
	if err := json.Unmarshal(realRuns, &want); err != nil {
		t.Fatal(err)
	}
	d := open(t, fixtures.FS)
	r, err := eval.Evaluate(t.Context(), d, searcher(t, d, nil), eval.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder // what others read is what was written
	if err := eval.WriteRun(&b, r.Systems[0].Run, "bm25", eval.TREC); err != nil {
		t.Fatal(err)
	}
	run, _, err := eval.ReadRun(strings.NewReader(b.String()), "bm25")
	if err != nil {
		t.Fatal(err)
	}
	var queries []eval.Query
	tied := eval.Run{} // most scores are equal, and every seventh query is missing
	for i, id := range want.Queries {
		queries = append(queries, eval.Query{ID: id})
		if i%7 == 0 {
			continue
		}
		for _, result := range run[id] {
			tied[id] = append(tied[id], eval.Ranked{ID: result.ID, Score: math.RoundToEven(result.Score)})
		}
		eval.Sort(tied[id])
	}
	largest, compared := 0.0, 0
	for i, run := range []eval.Run{run, tied} {
		for name, values := range want.Runs[i] {
			m, err := eval.ParseMetric(name)
			if err != nil {
				t.Fatal(err)
			}
			for j, got := range m.OfRun(run, queries, d.Qrels) {
				compared++
				largest = max(largest, math.Abs(got-values[j]))
				if !(math.Abs(got-values[j]) <= tolerance) {
					t.Errorf("run %d, query %s: %s is %.9f, want %.9f", i, want.Queries[j], name, got, values[j])
				}
			}
		}
	}
	if compared != 2*12*120 {
		t.Errorf("%d values compared, want %d", compared, 2*12*120)
	}
	t.Logf("%d values, the largest difference is %.1e", compared, largest)
}
