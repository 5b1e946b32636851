package rerank_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
)

func TestProbe(t *testing.T) {
	tests := []struct {
		name string
		fake reranktest.Fake
		want []string // parts of the error; none: no error
		bad  bool     // whether the error wraps ErrProbe
	}{
		{name: "a model that judges", fake: reranktest.Fake{}},
		{
			name: "every document the same",
			fake: reranktest.Fake{Judge: func(rerank.Task, string) float64 { return 0.25 }},
			want: []string{`model "fake"`, "egg", "both have logit 0.25", "template"},
			bad:  true,
		},
		{
			name: "without regard to the question",
			fake: reranktest.Fake{Judge: func(_ rerank.Task, d string) float64 { return float64(len(d)) }},
			want: []string{`model "fake"`, "has logit", "wrong", "template"},
			bad:  true,
		},
		{
			name: "upside down",
			fake: reranktest.Fake{Judge: func(t rerank.Task, d string) float64 { return -reranktest.Overlap(t, d) }},
			want: []string{"egg", "has logit"},
			bad:  true,
		},
		{
			name: "out of reach",
			fake: reranktest.Fake{Trouble: reranktest.Fails},
			want: []string{`rerank: probe:`, "connection refused"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := rerank.Probe(t.Context(), &test.fake)
			if (err != nil) != (test.want != nil) {
				t.Fatalf("error %v", err)
			}
			if errors.Is(err, rerank.ErrProbe) != test.bad {
				t.Errorf("%v: wraps ErrProbe: %v", err, !test.bad)
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}
