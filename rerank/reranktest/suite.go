// Package reranktest tests implementations of [rerank.Scorer], and stands in for one.
//
// [TestScorer] is the contract of package rerank as tests; every backend calls it from a test of its own, and
// [TestAgreement] where it runs weights that another backend runs too. [Fake] is a Scorer without a model:
// deterministic, and on demand slow, failing, lying, panicking or stuck, for the tests of whatever stands above. Read next: package pipeline, which must answer whatever a Scorer does.
package reranktest

import (
	"math"
	"slices"
	"testing"

	"github.com/quern-search/quern/rerank"
)

// An Option changes what [TestScorer] asks for.
type Option func(*suite)

// SkipProbe leaves out [rerank.Probe], for weights that are random and so judge nothing.
func SkipProbe() Option { return func(s *suite) { s.skipProbe = true } }

// Within lets logits of the same text differ by as much, for servers whose last digits depend on what they have in their
// prompt cache, or on which other requests they work at. Without it they must be equal to the bit.
func Within(logits float64) Option { return func(s *suite) { s.within = logits } }

// A suite is how strictly the contract is tested.
type suite struct {
	skipProbe bool
	within    float64
}

// same tells whether two lists of logits are equal, as far as they must be.
func (s suite) same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return x == y || math.Abs(x-y) <= s.within })
}

// TestScorer tests the Scorer that open returns against the contract of [rerank.Scorer]. Each subtest opens its own;
// open cleans up by t.Cleanup.
//
// Scores are compared bit by bit, unless an option allows a difference: what a document scores must not depend on its company or on the time of day, or a
// cached score would be another than a fresh one.
func TestScorer(t *testing.T, open func(t *testing.T) rerank.Scorer, options ...Option) {
	var c suite
	for _, set := range options {
		set(&c)
	}
	tests := []struct {
		name string
		run  func(t *testing.T, s rerank.Scorer)
	}{
		{"model has a name", testModel},
		{"every document is judged once", testComplete},
		{"no documents", testEmpty},
		{"the same again", c.testSame},
		{"order and company", c.testOrder},
		{"instruction", c.testInstruct},
		{"tokens", testTokens},
		{"odd texts", c.testOdd},
		{"concurrent use", c.testConcurrent},
		{"context ended before", testEnded},
		{"context ends midway", testCancel},
		{"consumer stops", c.testStop},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
	t.Run("probe", func(t *testing.T) {
		if c.skipProbe {
			t.Skip("this model is not expected to judge: SkipProbe")
		}
		if err := rerank.Probe(t.Context(), open(t)); err != nil {
			t.Error(err)
		}
	})
}

// task returns a new small task.
func task() rerank.Task {
	return rerank.Task{
		Query: "how long does soup keep",
		Documents: []string{
			"Soup keeps for three days in the refrigerator.",
			"A bicycle chain wants oil after every ride in the rain.",
			"Freeze soup in small boxes, and it keeps for three months.",
			"Hail is made of layers of ice.",
			"Let it cool first.",
		},
	}
}

// logits returns what s says of each document of task, in their order.
func logits(t *testing.T, s rerank.Scorer, task rerank.Task) []float64 {
	t.Helper()
	found := make([]float64, len(task.Documents))
	for _, score := range scores(t, s, task) {
		found[score.Index] = score.Logit
	}
	return found
}

// scores returns what s says of task, sorted by Index.
func scores(t *testing.T, s rerank.Scorer, task rerank.Task) []rerank.Score {
	t.Helper()
	ranked, err := rerank.Rank(t.Context(), s, task, 0)
	if err != nil {
		t.Fatalf("scoring %d documents: %v", len(task.Documents), err)
	}
	slices.SortFunc(ranked, func(a, b rerank.Score) int { return a.Index - b.Index })
	return ranked
}
