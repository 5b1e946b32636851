package reranktest

import (
	"math"
	"testing"

	"github.com/quern-search/quern/rerank"
)

// TestAgreement tests that s judges as reference does, for two ways to run the same weights: over all tasks the logits
// differ by no more than within, documents that differ by more stand in the same order, and the tokens of a task are as
// many. It logs and returns the largest difference of two logits.
func TestAgreement(t *testing.T, s, reference rerank.Scorer, tasks []rerank.Task, within float64) (largest float64) {
	t.Helper()
	sum, pairs := 0.0, 0
	for _, task := range tasks {
		got, want := scores(t, s, task), scores(t, reference, task)
		for i := range want {
			d := math.Abs(got[i].Logit - want[i].Logit)
			largest, sum, pairs = max(largest, d), sum+d, pairs+1
		}
		if a, b := tokensOf(got), tokensOf(want); a != b {
			t.Errorf("%q: %d tokens, the reference has %d", task.Query, a, b)
		}
		sameOrder(t, task.Query, got, want, within)
	}
	t.Logf("%d pairs: logits differ by %.6f at the most, by %.6f in the mean", pairs, largest, sum/float64(max(pairs, 1)))
	if !(largest <= within) { // so written, NaN is an error too
		t.Errorf("logits differ by %.6f, more than %v", largest, within)
	}
	return largest
}

func tokensOf(scores []rerank.Score) (n int) {
	for _, s := range scores {
		n += s.Tokens
	}
	return n
}

func sameOrder(t *testing.T, query string, got, want []rerank.Score, within float64) {
	t.Helper()
	for i := range want {
		for k := range want {
			if want[i].Logit > want[k].Logit+within && got[i].Logit <= got[k].Logit {
				t.Errorf("%q: by the reference document %d stands above %d by %.3f, but not here (%.3f, %.3f)",
					query, i, k, want[i].Logit-want[k].Logit, got[i].Logit, got[k].Logit)
			}
		}
	}
}
