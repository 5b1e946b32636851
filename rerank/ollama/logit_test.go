package ollama

import (
	"math"
	"testing"

	"github.com/ollama/ollama/api"
)

func TestLogit(t *testing.T) {
	for _, test := range []struct {
		name string
		top  []api.TokenLogprob
		want float64
	}{
		{"both", []api.TokenLogprob{{Token: "no", Logprob: -0.5}, {Token: "yes", Logprob: -1}}, -0.5},
		{"others stand above them", []api.TokenLogprob{{Token: "Well", Logprob: -0.1}, {Token: "yes", Logprob: -3}, {Token: "no", Logprob: -5}}, 2},
		{"look-alikes", []api.TokenLogprob{{Token: " yes", Logprob: -0.1}, {Token: "Yes", Logprob: -0.2}, {Token: "yes", Logprob: -3}, {Token: "NO", Logprob: -4}, {Token: "no", Logprob: -5}}, 2},
		{"no is missing", []api.TokenLogprob{{Token: "yes", Logprob: -0.1}, {Token: "x", Logprob: -7}}, 6.9},
		{"yes is missing", []api.TokenLogprob{{Token: "no", Logprob: -0.1}, {Token: "x", Logprob: -7}}, -6.9},
		{"yes is missing and no is the last", []api.TokenLogprob{{Token: "x", Logprob: -0.1}, {Token: "no", Logprob: -7}}, 0},
		{"both are missing", []api.TokenLogprob{{Token: "x", Logprob: -0.1}, {Token: "y", Logprob: -7}}, 0},
	} {
		if got := logit(test.top); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
