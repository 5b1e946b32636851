package eval_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quern-search/quern/pipeline/eval"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
)

func store(t *testing.T, path, version string) *eval.Store {
	t.Helper()
	s, err := eval.OpenStore(path, version)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asked is a model, and what it was asked.
func asked(documents *[]string) *reranktest.Fake {
	return &reranktest.Fake{Judge: func(t rerank.Task, document string) float64 {
		*documents = append(*documents, document)
		return float64(len(document) + len(t.Instruct))
	}}
}

// A store is behind a Scorer what the Scorer is.
func TestStoreKeepsTheContract(t *testing.T) {
	reranktest.TestScorer(t, func(t *testing.T) rerank.Scorer {
		s := store(t, filepath.Join(t.TempDir(), "scores.db"), "1")
		t.Cleanup(func() { s.Close() })
		return s.Scorer(&reranktest.Fake{})
	})
}

func TestStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scores.db")
	var documents []string
	rank := func(version string, task rerank.Task) string {
		t.Helper()
		documents = nil
		s := store(t, path, version)
		defer s.Close()
		scores, err := rerank.Rank(t.Context(), s.Scorer(asked(&documents)), task, 0)
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		for _, score := range scores {
			if want := float64(len(task.Documents[score.Index]) + len(task.Instruct)); score.Logit != want {
				t.Errorf("logit %v, want %v", score.Logit, want)
			}
			order = append(order, task.Documents[score.Index])
		}
		return strings.Join(order, " ")
	}
	steps := []struct {
		name, version string
		task          rerank.Task
		asked         string
	}{
		{"the first time", "1", rerank.Task{Query: "q", Documents: []string{"a", "bb"}}, "a bb"},
		{"again, with one more", "1", rerank.Task{Query: "q", Documents: []string{"ccc", "a", "bb"}}, "ccc"},
		{"again", "1", rerank.Task{Query: "q", Documents: []string{"ccc", "a", "bb"}}, ""},
		{"another instruction", "1", rerank.Task{Query: "q", Documents: []string{"a"}, Instruct: "i"}, "a"},
		{"another query", "1", rerank.Task{Query: "qa", Documents: []string{"bb"}}, "bb"},
		{"another version", "2", rerank.Task{Query: "q", Documents: []string{"a"}}, "a"},
	}
	for _, step := range steps {
		if rank(step.version, step.task); strings.Join(documents, " ") != step.asked {
			t.Errorf("%s: asked of %q, want %q", step.name, documents, step.asked)
		}
	}
}

// What a model says before it fails is kept, what it says that cannot be is not.
func TestStoreOfAModelThatFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scores.db")
	task := rerank.Task{Query: "q", Documents: []string{"a", "bb", "ccc"}}
	for _, trouble := range []reranktest.Trouble{reranktest.Fails, reranktest.NaN} {
		s := store(t, path, "1")
		if _, err := rerank.Rank(t.Context(), s.Scorer(&reranktest.Fake{Trouble: trouble, After: 1}), task, 0); err == nil {
			t.Error("no error")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var documents []string
	s := store(t, path, "1")
	defer s.Close()
	if n, err := s.Len(); n != 2 || err != nil {
		t.Errorf("%d scores, %v; want 2", n, err)
	}
	if _, err := rerank.Rank(t.Context(), s.Scorer(asked(&documents)), task, 0); err != nil || len(documents) != 1 {
		t.Errorf("asked of %q, %v; want one, since two of three were judged", documents, err)
	}
}

func TestOpenStoreRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scores.db")
	s := store(t, path, "1")
	defer s.Close()
	if _, err := eval.OpenStore(path, "1"); !errors.Is(err, eval.ErrStoreInUse) {
		t.Errorf("a second time: %v", err)
	}
	if _, err := eval.OpenStore(filepath.Join(path, "below"), "1"); err == nil || !strings.Contains(err.Error(), "scores in") {
		t.Errorf("below a file: %v", err)
	}
}

// Only a model that says when its scores change can be remembered.
func TestStoreWithoutAFingerprint(t *testing.T) {
	s := store(t, filepath.Join(t.TempDir(), "scores.db"), "1")
	defer s.Close()
	m := nameless{&reranktest.Fake{}}
	if s.Scorer(m) != rerank.Scorer(m) {
		t.Error("it is remembered")
	}
}

type nameless struct{ rerank.Scorer }

func (nameless) Model() rerank.Model { return rerank.Model{Name: "nameless"} }
