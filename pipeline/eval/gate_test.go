package eval_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/quern-search/quern/pipeline/eval"
)

// reportOf is a report of one system, with a value for each query.
func reportOf(values ...float64) *eval.Report {
	s := eval.SystemReport{Name: "bm25", PerQuery: map[string]map[string]float64{}}
	for i, v := range values {
		s.PerQuery[fmt.Sprint("q", i)] = map[string]float64{"RR@10": v}
	}
	return &eval.Report{Systems: []eval.SystemReport{s}, Metrics: []string{"RR@10"}, Window: 50, Depth: 100}
}

func TestGate(t *testing.T) {
	one := []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
	half := []float64{.5, .5, .5, .5, .5, .5, .5, .5, .5, .5}
	tests := []struct {
		name          string
		baseline, now []float64
		fallen        int
		warnings      int
	}{
		{"the same", one, one, 0, 0},
		{"all worse", one, half, 1, 0},
		{"all better", half, one, 0, 0},
		{"one worse of ten may be chance", one, []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 0}, 0, 0},
		{"all worse of those that are still there", one, half[:8], 1, 1},
		{"all worse of those that were there", one[:8], half, 1, 1},
	}
	for _, test := range tests {
		baseline := throughJSON(t, reportOf(test.baseline...))
		g, err := eval.Gate(baseline, reportOf(test.now...), 0)
		if err != nil || len(g.Fallen()) != test.fallen || len(g.Warnings) != test.warnings || len(g.Comparisons) != 1 {
			t.Errorf("%s: %+v, %v", test.name, g, err)
		}
	}
}

func throughJSON(t *testing.T, r *eval.Report) *eval.Report {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	b, err := eval.ReadBaseline(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGateWarnsAndRefuses(t *testing.T) {
	baseline, now := reportOf(1, 1), reportOf(1, 1)
	baseline.Metrics = append(baseline.Metrics, "AP")
	baseline.Systems = append(baseline.Systems, eval.SystemReport{Name: "model"})
	baseline.Window = 10
	g, err := eval.Gate(baseline, now, 0)
	if err != nil || len(g.Comparisons) != 1 {
		t.Fatalf("%+v, %v", g, err)
	}
	for i, want := range []string{"window 10 and depth 100, now it is 50 and 100", `no query has a value of AP`, `system "model" of the baseline was not measured`} {
		if !strings.Contains(g.Warnings[i], want) {
			t.Errorf("warning %q, want %s", g.Warnings[i], want)
		}
	}
	now.Systems[0].Name = "other"
	if _, err := eval.Gate(baseline, now, 0); err == nil || !strings.Contains(err.Error(), "nothing to compare") {
		t.Errorf("error %v", err)
	}
	for _, text := range []string{"", "{}", `{"systems": [{"name": "bm25"}], "metrics": ["AP"]}`} {
		if _, err := eval.ReadBaseline(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "--per-query --json") {
			t.Errorf("baseline %q: error %v", text, err)
		}
	}
}
