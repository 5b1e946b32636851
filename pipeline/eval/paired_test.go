package eval_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/pipeline/eval"
)

// system is one that was measured by RR@10.
func system(name string, values ...float64) eval.SystemReport {
	return eval.SystemReport{Name: name, Values: map[string][]float64{"RR@10": values}}
}

func compare(t *testing.T, a, b []float64) eval.Comparison {
	t.Helper()
	c, err := eval.Compare(system("a", a...), system("b", b...), "RR@10", 1)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Darwin's maize, in eighths of an inch: by how much a cross-fertilised plant was taller than the self-fertilised one
// beside it. Fisher (1935, §21) counts 863 of the 32768 ways to set signs on either side, and has t = 2.148.
func TestCompareDarwinsMaize(t *testing.T) {
	taller := []float64{49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48}
	c := compare(t, make([]float64, len(taller)), taller)
	if want := 2 * 863.0 / 32768; c.P != want {
		t.Errorf("randomisation: p %v, want %v", c.P, want)
	}
	if math.Abs(c.PT-0.0497) > 5e-5 { // the value that textbooks give
		t.Errorf("t-test: p %v, want 0.0497", c.PT)
	}
	if c.Queries != 15 || c.Wins != 13 || c.Ties != 0 || c.Losses != 2 || math.Abs(c.Difference-314.0/15) > 1e-12 {
		t.Errorf("%+v, want 13 wins and 2 losses, a mean of 20.93", c)
	}
}

func TestCompareEdges(t *testing.T) {
	tests := []struct {
		name               string
		a, b               []float64
		p, pT              float64
		leastP, mostP      float64 // of the bootstrap test
		wins, ties, losses int
		detects            bool
	}{
		{"all the same", []float64{0.1, 0.5, 1}, []float64{0.1, 0.5, 1}, 1, 1, 1, 1, 0, 3, 0, false},
		{"the same but for rounding", []float64{0.3, 0.3}, []float64{0.1 + 0.2, 0.3}, 1, 1, 1, 1, 0, 2, 0, false},
		{"one query", []float64{0}, []float64{1}, 1, 1, 1, 1, 1, 0, 0, false},
		{"one query, a tie", []float64{1}, []float64{1}, 1, 1, 1, 1, 0, 1, 0, false},
		{"always better by the same", []float64{0, 0, 0, 0}, []float64{.5, .5, .5, .5}, 2.0 / 16, 0, 0, 0.001, 4, 0, 0, false},
		{"always worse by the same", []float64{.5, .5, .5, .5}, []float64{0, 0, 0, 0}, 2.0 / 16, 0, 0, 0.001, 0, 0, 4, false},
		{"as much better as worse", []float64{0, 1, 0, 1}, []float64{1, 0, 1, 0}, 1, 1, 1, 1, 2, 0, 2, true},
		{"one of three", []float64{0, 0, 0}, []float64{1, 0, 0}, 1, 0.42265, 0.2, 1, 1, 2, 0, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := compare(t, test.a, test.b)
			if c.P != test.p || math.Abs(c.PT-test.pT) > 1e-5 || c.PHolm != c.P {
				t.Errorf("randomisation %v, t-test %v; want %v, %v", c.P, c.PT, test.p, test.pT)
			}
			if !(c.PBootstrap >= test.leastP && c.PBootstrap <= test.mostP) {
				t.Errorf("bootstrap test %v, want %v to %v", c.PBootstrap, test.leastP, test.mostP)
			}
			if c.Wins != test.wins || c.Ties != test.ties || c.Losses != test.losses {
				t.Errorf("%d wins, %d ties, %d losses; want %d, %d, %d", c.Wins, c.Ties, c.Losses, test.wins, test.ties, test.losses)
			}
			if (c.Detectable > 0) != test.detects {
				t.Errorf("detectable %v", c.Detectable)
			}
		})
	}
}

func TestCompareRefuses(t *testing.T) {
	tests := []struct {
		name string
		a, b []float64
		want string
	}{
		{"another number of queries", []float64{1}, []float64{1, 0}, "RR@10 of 1 and of 2 queries"},
		{"no queries", nil, nil, "no query has a value of RR@10"},
		{"no number", []float64{0, math.NaN()}, []float64{0, 1}, "RR@10 of query 2 is NaN and 1"},
		{"infinity", []float64{0}, []float64{math.Inf(1)}, "RR@10 of query 1 is 0 and +Inf"},
	}
	for _, test := range tests {
		_, err := eval.Compare(system("x", test.a...), system("y", test.b...), "RR@10", 1)
		if err == nil || !strings.HasPrefix(err.Error(), `eval: compare "x" with "y": `+test.want) {
			t.Errorf("%s: error %v, want %s", test.name, err, test.want)
		}
	}
	if _, err := eval.CompareAll([]eval.SystemReport{system("x", 1), system("y")}, "RR@10", 1); err == nil {
		t.Error("all of two with different queries: no error")
	}
}

func TestCompareTurnedRoundAndAgain(t *testing.T) {
	var a, b []float64
	for i := range 60 { // more than are gone through exactly
		a = append(a, float64(i%7)/7)
		b = append(b, float64(i%5)/5)
	}
	c, again, turned := compare(t, a, b), compare(t, a, b), compare(t, b, a)
	if c != again {
		t.Errorf("%+v, again %+v", c, again)
	}
	if c.P != turned.P || math.Abs(c.PT-turned.PT) > 1e-12 || math.Abs(c.Difference+turned.Difference) > 1e-12 || c.Wins != turned.Losses {
		t.Errorf("%+v, turned round %+v", c, turned)
	}
}

func TestCompareAll(t *testing.T) {
	zero := make([]float64, 8)
	systems := []eval.SystemReport{
		system("x", zero...),
		system("y", 1, 1, 1, 1, 1, 1, 1, 1), // against x 2/256
		system("z", 1, 1, 1, 1, 1, 1, 0, 0), // against x 2/64, against y 2/4
	}
	all, err := eval.CompareAll(systems, "RR@10", 1)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range all {
		got = append(got, fmt.Sprintf("%s %s %.4f %.4f", c.A, c.B, c.P, c.PHolm))
	}
	want := []string{"x y 0.0078 0.0234", "x z 0.0312 0.0625", "y z 0.5000 0.5000"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if none, err := eval.CompareAll(systems[:1], "RR@10", 1); err != nil || len(none) != 0 {
		t.Errorf("one system: %v, %v", none, err)
	}
}
