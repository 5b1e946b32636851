package bake_test

import (
	"bytes"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/bake"
	"github.com/quern-search/quern/rerank/internal/gguf"
	"github.com/quern-search/quern/rerank/qwen3"
)

// judge returns what the engine says of a few pairs, in the order of the documents.
func judge(t *testing.T, file []byte) []rerank.Score {
	t.Helper()
	engine, err := qwen3.New(bytes.NewReader(file), int64(len(file)), qwen3.Config{})
	if err != nil {
		t.Fatal(err)
	}
	task := rerank.Task{Query: "how long to boil an egg", Documents: []string{"Six minutes.", "Hens lay eggs.", ""}}
	scores, err := rerank.Rank(t.Context(), engine, task, 0)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(scores, func(a, b rerank.Score) int { return a.Index - b.Index })
	return scores
}

// The engine reads the file with a head as it reads the one without, and scores the same.
func TestRankScoresTheSame(t *testing.T) {
	file, size := fixtures.Model()
	tiny, err := io.ReadAll(io.NewSectionReader(file, 0, size))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		causal  []byte
		weights gguf.Type
		within  float64
	}{
		"quern-tiny":          {tiny, gguf.Q8_0, 0},
		"quern-tiny, widened": {tiny, gguf.F32, 0.1}, // with 8-bit weights the engine rounds activations too
		"a head of its own":   {bake.Model(bake.Recipe{Weights: gguf.F16, Head: "separate"}), gguf.F16, 1e-4},
	} {
		t.Run(name, func(t *testing.T) {
			ranker, err := bake.Rank(test.causal, test.weights)
			if err != nil {
				t.Fatal(err)
			}
			got, want := judge(t, ranker), judge(t, test.causal)
			for i := range want {
				if got[i].Tokens != want[i].Tokens || math.Abs(got[i].Logit-want[i].Logit) > test.within {
					t.Errorf("document %d: %+v, want %+v", i, got[i], want[i])
				}
			}
		})
	}
}

func TestRankHasThePrompt(t *testing.T) {
	ranker, err := bake.Rank(bake.Model(bake.Recipe{Weights: gguf.F16, Head: "tied"}), gguf.F16)
	if err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Read(bytes.NewReader(ranker), int64(len(ranker)))
	if err != nil {
		t.Fatal(err)
	}
	template, _ := f.String("tokenizer.chat_template.rerank")
	filled := strings.NewReplacer("{query}", "soup", "{document}", "Hot.").Replace(template)
	if want := rerank.Prompt(rerank.Task{Query: "soup"}, "Hot."); filled != want {
		t.Errorf("the template gives %q, want %q", filled, want)
	}
}

func TestRankRefuses(t *testing.T) {
	without := func(name string) []byte {
		return bake.Model(bake.Recipe{Weights: gguf.F16, Head: "tied", Change: func(kv map[string]any, tensors map[string]*gguf.TensorData) {
			delete(kv, name)
			delete(tensors, name)
		}})
	}
	for says, file := range map[string][]byte{
		"gguf: ":                []byte("no model"),
		`no "yes"`:              without("tokenizer.ggml.tokens"),
		"nor token_embd.weight": without("token_embd.weight"),
	} {
		if _, err := bake.Rank(file, gguf.F16); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want one that says %q", err, says)
		}
	}
}
