package qwen3

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/bake"
	"github.com/quern-search/quern/rerank/internal/gguf"
)

// realWidth is a model as wide as the 0.6B, of two layers, whose weights are as wide apart as those of the published one about
// are: logits are of one or two units.
func realWidth(weights gguf.Type) []byte {
	size := bake.Size{Layers: 2, Hidden: 1024, FFN: 3072, Heads: 16, KVHeads: 8, Head: 128}
	return bake.Model(bake.Recipe{Weights: weights, Head: "tied", Size: size, Change: func(_ map[string]any, tensors map[string]*gguf.TensorData) {
		for name, t := range tensors {
			if len(t.Dims) < 2 {
				continue
			}
			deviation := 0.03
			if strings.Contains(name, "output") || strings.Contains(name, "down") {
				deviation = 0.02
			}
			rescale(t.Data, deviation)
		}
	}})
}

func rescale(x []float32, deviation float64) {
	var squares float64
	for _, v := range x {
		squares += float64(v) * float64(v)
	}
	f := float32(deviation / math.Sqrt(squares/float64(len(x))))
	for i := range x {
		x[i] *= f
	}
}

// Rounding what goes into products to 8 bits moves no logit by more than 0.02, against float64 without any rounding, and
// keeps the order of documents that are more than 0.05 apart.
func TestAccuracyAtTheRealWidth(t *testing.T) {
	if raceEnabled {
		t.Skip("billions of products in one place: go test ./rerank/qwen3, without the race detector, does them")
	}
	data := realWidth(gguf.Q8_0)
	src := sourceOf(t, bytes.NewReader(data), int64(len(data)))
	task := rerank.Task{Query: "wine?", Instruct: "judge"}
	for _, words := range []int{0, 2, 5, 9} {
		task.Documents = append(task.Documents, strings.Repeat("red ", words)+"cloth")
	}
	want := make([]float64, len(task.Documents))
	var running sync.WaitGroup
	for i, d := range task.Documents {
		running.Go(func() { want[i] = newReference(t, src).logit(task, d) })
	}
	running.Wait()
	scores := judge(t, openBytes(t, data, Config{}), task)
	var worst float64
	for i, s := range scores {
		t.Logf("document %d: logit %.4f, the reference says %.4f", i, s.Logit, want[i])
		worst = max(worst, math.Abs(s.Logit-want[i]))
	}
	t.Logf("at most %.4f apart", worst)
	if worst > 0.02 {
		t.Errorf("a logit is %.4f from the reference, want at most 0.02", worst)
	}
	slices.SortFunc(scores, func(a, b rerank.Score) int { return cmp.Compare(b.Logit, a.Logit) })
	for i, s := range scores[1:] {
		if before := scores[i]; want[s.Index] > want[before.Index]+0.05 {
			t.Errorf("document %d comes before %d, which the reference has %.4f above", before.Index, s.Index, want[s.Index]-want[before.Index])
		}
	}
}
