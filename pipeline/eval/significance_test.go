package eval_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/quern-search/quern/pipeline/eval"
)

// What scipy, ranx and statsmodels make of pairs of systems, and the pairs: see testdata/paired.py.
//
//go:embed testdata/paired.json
var paired []byte

type pairedOracle struct {
	Cases []struct {
		Name              string
		A, B              []float64
		Difference, Error float64 // of the mean
		P                 float64 // of the randomisation test
		Exact             bool    // P is, and not from samples
		PRanx             float64 `json:"p_ranx"`
		PT                float64 `json:"p_t"`
		PBootstrap        float64 `json:"p_bootstrap"`
		CI                [2]float64
		Detectable        *float64
	}
	Holm struct{ P, Corrected []float64 }
}

func readPaired(t *testing.T) (o pairedOracle) {
	if err := json.Unmarshal(paired, &o); err != nil {
		t.Fatal(err)
	}
	if len(o.Cases) < 10 || len(o.Holm.P) < 10 {
		t.Fatalf("only %d cases and %d p-values", len(o.Cases), len(o.Holm.P))
	}
	return o
}

// sampling returns four standard errors of a share p of samples, and one sample.
func sampling(p float64, samples int) float64 {
	return 4*math.Sqrt(p*(1-p)/float64(samples)) + 1/float64(samples)
}

// What can be worked out must be equal. What is drawn may differ by what chance makes of as many samples.
func TestPairedTestsAreThoseOfScipy(t *testing.T) {
	far := map[string]float64{}
	for _, c := range readPaired(t).Cases {
		got := compare(t, c.A, c.B)
		check := func(what string, got, want, tolerance float64) {
			far[what] = max(far[what], math.Abs(got-want))
			if !(math.Abs(got-want) <= tolerance) {
				t.Errorf("%s: %s %.6f, want %.6f within %.6f", c.Name, what, got, want, tolerance)
			}
		}
		check("difference", got.Difference, c.Difference, 1e-12)
		check("t-test", got.PT, c.PT, 1e-9)
		if c.Exact {
			check("exact randomisation", got.P, c.P, 1e-12)
			check("randomisation, of ranx", got.P, c.PRanx, sampling(got.P, 100_000))
		} else {
			check("randomisation", got.P, c.P, sampling(c.P, 100_000)+sampling(c.P, 1_000_000))
			check("randomisation, of ranx", got.P, c.PRanx, 2*sampling(c.P, 100_000))
		}
		check("bootstrap test", got.PBootstrap, c.PBootstrap, sampling(c.PBootstrap, 10_000)+sampling(c.PBootstrap, 200_000))
		// The standard error of a normal mean's 2.5 % bound is 0.027 standard errors of that mean with 10,000 samples, and
		// 0.008 with 100,000.
		check("bounds, in standard errors", got.CI[0]/c.Error, c.CI[0]/c.Error, 4*0.035)
		check("bounds, in standard errors", got.CI[1]/c.Error, c.CI[1]/c.Error, 4*0.035)
		if c.Detectable != nil { // theirs is exact; ours comes close to it, the closer the more queries
			check("detectable, in shares of it", got.Detectable / *c.Detectable, 1, 0.02)
		}
	}
	for what, difference := range far {
		t.Logf("%s: the largest difference is %.1e", what, difference)
	}
}

func TestHolm(t *testing.T) {
	theirs := readPaired(t).Holm
	tests := []struct{ p, want []float64 }{
		{nil, []float64{}},
		{[]float64{0.04}, []float64{0.04}},
		{[]float64{0.04, 0.01, 0.03}, []float64{0.06, 0.03, 0.06}}, // 3 × 0.01, 2 × 0.03, and 0.04 not below it
		{[]float64{0.6, 0.5}, []float64{1, 1}},
		{[]float64{0.02, 0.02}, []float64{0.04, 0.04}},
		{theirs.P, theirs.Corrected},
	}
	for _, test := range tests {
		before := slices.Clone(test.p)
		got := eval.Holm(test.p)
		if !slices.EqualFunc(got, test.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }) || !slices.Equal(before, test.p) {
			t.Errorf("Holm(%v) is %v, want %v", test.p, got, test.want)
		}
	}
}

// Is one way to rank better than another, or does it only look so on these queries?
func ExampleCompareAll() {
	systems := []eval.SystemReport{
		{Name: "bm25", Values: map[string][]float64{"RR@10": {0.5, 0.5, 0.33, 1, 0, 0.5, 0.25, 0.5, 0.2, 0.5}}},
		{Name: "model", Values: map[string][]float64{"RR@10": {1, 1, 1, 1, 0.5, 1, 0.5, 1, 1, 0.5}}},
		{Name: "both", Values: map[string][]float64{"RR@10": {1, 0.5, 1, 1, 0.33, 0.5, 0.5, 1, 1, 0.33}}},
	}
	comparisons, err := eval.CompareAll(systems, "RR@10", 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range comparisons {
		shown := "~" // no difference shown
		if c.PHolm < 0.05 {
			shown = "*"
		}
		fmt.Printf("%s %s - %s: %+.3f, p %.3f, corrected %.3f; %d wins, %d ties, %d losses\n",
			shown, c.B, c.A, c.Difference, c.P, c.PHolm, c.Wins, c.Ties, c.Losses)
	}
	// Output:
	// * model - bm25: +0.422, p 0.008, corrected 0.023; 8 wins, 2 ties, 0 losses
	// ~ both - bm25: +0.288, p 0.031, corrected 0.062; 6 wins, 3 ties, 1 losses
	// ~ both - model: -0.134, p 0.125, corrected 0.125; 0 wins, 6 ties, 4 losses
}

func TestComparisonAsJSON(t *testing.T) {
	got, err := json.Marshal(compare(t, []float64{0, 0}, []float64{0.5, 0.5}))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"a":"a","b":"b","metric":"RR@10","queries":2,"difference":0.5,"ci":[0.5,0.5],` +
		`"p":0.5,"p_t":0,"p_bootstrap":0.00009999000099990002,"p_holm":0.5,"wins":2,"ties":0,"losses":0,"rbo":1,"detectable":0}`
	if string(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
}
