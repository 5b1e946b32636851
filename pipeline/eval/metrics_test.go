package eval_test

import (
	"math"
	"strings"
	"testing"

	"github.com/quern-search/quern/pipeline/eval"
)

// Every value is worked out by hand, beside it how. Log2 of 2, 3, 4, 5, 6 is 1, 1.584963, 2, 2.321928, 2.584963.
func TestMetrics(t *testing.T) {
	judged := map[string]int{"a": 3, "b": 2, "c": 1, "d": 0, "e": -1, "f": 1} // four relevant: a, b, c, f
	const ranking = "b d x a e c"
	tests := []struct {
		name    string
		ranking string
		want    float64
	}{
		// DCG@3 = 2/1 + 0 + 0 = 2; ideal 3/1 + 2/1.584963 + 1/2 = 4.761860
		{"nDCG@3", ranking, 2 / 4.761860},
		// DCG = 2 + 3/2.321928 + 0 + 1/2.807355 = 3.648236; ideal adds 1/2.321928: 5.192536
		{"nDCG@10", ranking, 3.648236 / 5.192536},
		{"nDCG", ranking, 3.648236 / 5.192536},
		{"nDCG@4", "a b c f", 1},
		{"nDCG@4", "a b f c", 1},
		{"nDCG@10", "e d", 0}, // a negative grade gains nothing and costs nothing
		{"RR@10", ranking, 1},
		{"RR", "d x a", 1.0 / 3},
		{"RR@2", "d x a", 0},
		{"RR(rel=3)@10", ranking, 1.0 / 4},
		// relevant at ranks 1, 4, 6, one never: (1/1 + 2/4 + 3/6) / 4
		{"AP", ranking, 0.5},
		{"AP@4", ranking, (1.0 + 0.5) / 4},
		{"AP(rel=2)", ranking, (1.0 + 0.5) / 2},
		{"P@1", ranking, 1},
		{"P@5", ranking, 2.0 / 5},
		{"P@10", ranking, 3.0 / 10}, // k divides, even where there are fewer results
		{"P(rel=2)@5", ranking, 2.0 / 5},
		{"R@5", ranking, 2.0 / 4},
		{"R@100", ranking, 3.0 / 4},
		{"Success@1", ranking, 1},
		{"Success@2", "d x a", 0},
		{"Success@3", "d x a", 1},
		{"Judged@3", ranking, 2.0 / 3},
		{"Judged@10", ranking, 5.0 / 6}, // of the results there are
		// probabilities by rank: 3/16, 0, 0, 7/16, 0, 1/16; 13/16 read on after the first, 9/16 of them after the fourth
		{"ERR@1", ranking, 3.0 / 16},
		{"ERR@10", ranking, 3.0/16 + 13.0/16*7/16/4 + 13.0/16*9/16*1/16/6},
		{"ERR", ranking, 3.0/16 + 13.0/16*7/16/4 + 13.0/16*9/16*1/16/6},
	}
	for _, test := range tests {
		m, err := eval.ParseMetric(test.name)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Of(strings.Fields(test.ranking), judged); math.Abs(got-test.want) > 1e-6 || m.Name() != test.name {
			t.Errorf("%s of %s is %.6f, want %.6f", m.Name(), test.ranking, got, test.want)
		}
	}
}

func TestCutoff(t *testing.T) {
	for name, want := range map[string]int{"nDCG@10": 10, "P(rel=2)@5": 5, "AP": 0} {
		if m, err := eval.ParseMetric(name); err != nil || m.Cutoff() != want {
			t.Errorf("%s: %d, %v, want %d", name, m.Cutoff(), err, want)
		}
	}
}

func TestMetricsOfNothing(t *testing.T) {
	for _, name := range []string{"nDCG@10", "nDCG", "RR", "AP", "P@1", "R@1", "Success@1", "Judged@1", "ERR@1"} {
		m, err := eval.ParseMetric(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, judged := range []map[string]int{nil, {"a": 1}, {"b": 0}} {
			if got := m.Of(nil, judged); got != 0 {
				t.Errorf("%s of no results is %v", name, got)
			}
		}
		if got := m.Of([]string{"x"}, nil); got != 0 {
			t.Errorf("%s without judgments is %v", name, got)
		}
	}
}

func TestParseMetricRefuses(t *testing.T) {
	for _, name := range []string{"", "ndcg@10", "MAP", "nDCG@", "nDCG@0", "nDCG@-1", "nDCG@x", "P", "R", "Success", "Judged",
		"P(rel=2)", "P(rel=0)@1", "P(rel=2@1", "P(2)@1", "P()@1", "nDCG(rel=1)@1", "Judged(rel=1)@1", "ERR(rel=1)@1", "P@1@2", "RBO"} {
		if _, err := eval.ParseMetric(name); err == nil {
			t.Errorf("metric %q: no error", name)
		}
	}
}

func FuzzParseMetric(f *testing.F) {
	f.Add("nDCG@10")
	f.Add("P(rel=2)@5")
	f.Add("ERR@5")
	f.Fuzz(func(t *testing.T, name string) {
		m, err := eval.ParseMetric(name)
		if err != nil {
			return
		}
		if v := m.Of([]string{"a", "b"}, map[string]int{"a": -1, "b": 9, "c": 2}); !(v >= 0 && v <= 1) {
			t.Errorf("%q is %v", name, v)
		}
	})
}

func TestSortGoesAsTrecEval(t *testing.T) {
	results := []eval.Ranked{{"a", 1}, {"c", 2 + 1e-9}, {"b", 2}, {"d", 3}, {"e", 2 - 1e-9}}
	eval.Sort(results)
	got := ""
	for _, r := range results {
		got += r.ID
	}
	if got != "decba" {
		t.Errorf("order %s, want decba: by score in 32 bits, ties by ID from high to low", got)
	}
}

func TestMeanOf(t *testing.T) {
	if got := eval.MeanOf(nil, 1); got != (eval.Estimate{}) {
		t.Errorf("of nothing: %v", got)
	}
	if got := eval.MeanOf([]float64{0.5}, 1); got != (eval.Estimate{Mean: 0.5, CI: [2]float64{0.5, 0.5}}) {
		t.Errorf("of one: %v", got)
	}
	// 100 zeros and ones, half each: the mean of a sample is binomial, its standard deviation 0.05, so that the middle
	// 95 % go from 0.40 to 0.60 (binomial(100, 1/2): P(X < 40) = 0.018, P(X <= 40) = 0.028).
	values := make([]float64, 100)
	for i := range 50 {
		values[i] = 1
	}
	got := eval.MeanOf(values, 1)
	if got.Mean != 0.5 || math.Abs(got.CI[0]-0.40) > 0.011 || math.Abs(got.CI[1]-0.60) > 0.011 {
		t.Errorf("of a hundred: %v, want 0.5, about 0.40 to 0.60", got)
	}
	if again := eval.MeanOf(values, 1); again != got {
		t.Errorf("again: %v, %v", again, got)
	}
}
