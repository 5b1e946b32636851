package qwen3

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/quern-search/quern/rerank"
)

// A pair is one that PyTorch has judged, as testdata/pytorch.py writes it.
type pair struct {
	Instruct, Query, Document string
	IDs                       []int32
	Logit                     float64
	States                    [][]float64 // of the last position, after each layer; the last after the last norm, too
}

// judgedByPyTorch returns the models of testdata/pytorch, each with the pairs that PyTorch has judged with it, and makes
// sure that their files are those that it read.
func judgedByPyTorch(t *testing.T) map[string][]pair {
	t.Helper()
	data, err := os.ReadFile("testdata/pytorch/logits.json")
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Versions map[string]string
		Models   map[string]struct {
			SHA256 map[string]string
			Pairs  []pair
		}
	}
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	t.Log("written by", report.Versions)
	pairs := map[string][]pair{}
	for name, m := range report.Models {
		files := filesOf(t, filepath.Join("testdata/pytorch", name))
		if !slices.Equal(slices.Sorted(maps.Keys(files)), slices.Sorted(maps.Keys(m.SHA256))) || len(m.Pairs) == 0 {
			t.Errorf("%s has the files %q, not those of the script", name, slices.Sorted(maps.Keys(files)))
		}
		for file, data := range files {
			if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != m.SHA256[file] {
				t.Errorf("%s/%s is not the file that the script wrote", name, file)
			}
		}
		pairs[name] = m.Pairs
	}
	return pairs
}

// The engine, and the reference that all other tests hold it against, agree with the transformers library on what they read
// and what they make of it. The library computes in float32, whose rounding moves a logit by less than 1e-4 here.
func TestPyTorchAgrees(t *testing.T) {
	for name, pairs := range judgedByPyTorch(t) {
		dir := filepath.Join("testdata/pytorch", name)
		e, err := Open(dir, Config{})
		if err != nil {
			t.Fatal(err)
		}
		src, err := openSource(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer src.close()
		ref := newReference(t, src)
		for i, p := range pairs {
			task := rerank.Task{Query: p.Query, Instruct: p.Instruct, Documents: []string{p.Document}}
			if got := ref.prompt(task, p.Document); !slices.Equal(got, p.IDs) {
				t.Errorf("%s, pair %d: the prompt is %v, the library's %v", name, i, got, p.IDs)
				continue
			}
			if got := judge(t, e, task)[0]; math.Abs(got.Logit-p.Logit) > 1e-3 || got.Tokens != len(p.IDs) {
				t.Errorf("%s, pair %d: %+v, PyTorch says %.6f", name, i, got, p.Logit)
			}
			logit, states := ref.trace(p.IDs)
			if math.Abs(logit-p.Logit) > 1e-4 {
				t.Errorf("%s, pair %d: the reference says %.6f, PyTorch %.6f", name, i, logit, p.Logit)
			}
			if len(states) != len(p.States) {
				t.Fatalf("%s: %d layers, PyTorch has %d", name, len(states), len(p.States))
			}
			for l, want := range p.States {
				if worst := distance(states[l], want); worst > 1e-4 {
					t.Errorf("%s, pair %d: after layer %d the reference is %g from PyTorch", name, i, l, worst)
				}
			}
		}
	}
}

// distance is the largest difference between two lists of numbers.
func distance(a, b []float64) (worst float64) {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	for i := range a {
		worst = max(worst, math.Abs(a[i]-b[i]))
	}
	return worst
}
