package rerank_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
)

// The figures are published: tests/cross_encoder/test_model.py and test_pretrained.py of sentence-transformers.
func TestTemplateless(t *testing.T) {
	logitsOf := func(relevances ...float64) []float64 {
		for i, p := range relevances {
			relevances[i] = rerank.LogitOf(p)
		}
		return relevances
	}
	tests := []struct {
		name   string
		logits []float64 // Venus, Mars, Jupiter, Saturn
		fault  bool
	}{
		{"with the template", []float64{-3.109297752380371, 7.120389938354492, -0.3787546157836914, 3.541637420654297}, false},
		{"without", logitsOf(0.55859, 0.98828, 0.88672, 0.91016), true},
		{"without, in 8 bits", logitsOf(0.571, 0.981, 0.872, 0.921), true},
		{"another model, wrong about Venus only", logitsOf(0.30, 0.98828, 0.88672, 0.91016), false},
		{"all the same", []float64{0, 0, 0, 0}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fake := &reranktest.Fake{Judge: func(_ rerank.Task, document string) float64 {
				for i, planet := range []string{"Venus", "Mars", "Jupiter", "Saturn"} {
					if strings.HasPrefix(document, planet) {
						return test.logits[i]
					}
				}
				t.Errorf("asked about %q", document)
				return 0
			}}
			err := rerank.Templateless(t.Context(), fake)
			if errors.Is(err, rerank.ErrProbe) != test.fault || (err != nil) != test.fault {
				t.Errorf("error %v, want a fault: %t", err, test.fault)
			}
		})
	}
}

func TestTemplatelessWithoutAnAnswer(t *testing.T) {
	err := rerank.Templateless(context.Background(), &reranktest.Fake{Trouble: reranktest.Fails})
	if !errors.Is(err, reranktest.ErrRefused) || errors.Is(err, rerank.ErrProbe) {
		t.Errorf("a scorer that fails: %v", err)
	}
}
