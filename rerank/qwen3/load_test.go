package qwen3

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/bake"
	"github.com/quern-search/quern/rerank/internal/gguf"
)

func writeModel(t *testing.T, recipe bake.Recipe) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "little.gguf")
	if err := os.WriteFile(path, bake.Model(recipe), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A file that another of the same name replaces stays what it was for those who have it open.
func TestAFileMayBeReplaced(t *testing.T) {
	path := writeModel(t, bake.Recipe{Weights: gguf.Q8_0, Head: "tied"})
	e, err := Open(path, Config{})
	if err != nil {
		t.Fatal(err)
	}
	want := judge(t, e, wine)
	other := writeModel(t, bake.Recipe{Weights: gguf.Q8_0, Head: "separate"})
	if err := os.Rename(other, path); err != nil {
		t.Skip(err) // Windows keeps open files
	}
	runtime.GC()
	if !slices.Equal(judge(t, e, wine), want) {
		t.Error("the scores changed with the file's name")
	}
}

// Embeddings are read from the file while the model is in use. One that is cut off is an error for whoever asks then.
func TestAFileThatIsCutOff(t *testing.T) {
	path := writeModel(t, bake.Recipe{Weights: gguf.F32, Head: "tied"})
	e, err := Open(path, Config{})
	if err != nil {
		t.Fatal(err)
	}
	if e.weights.embed.unmap == nil {
		t.Skip("this system does not map files: embeddings are in memory")
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := rerank.Rank(t.Context(), e, wine, 0); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("error %v, want one that says that the file was cut off", err)
	}
}

// The fingerprint tells files apart that differ in one byte, wherever it is.
func TestFingerprint(t *testing.T) {
	path := writeModel(t, bake.Recipe{Weights: gguf.F32, Head: "tied"})
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, at := range []int{-1, len(data) / 2, len(data) - 1} {
		if at >= 0 {
			data[at] ^= 1
		}
		e := openBytes(t, data, Config{})
		if seen[e.Model().Fingerprint] {
			t.Errorf("a byte at %d of %d does not change the fingerprint", at, len(data))
		}
		seen[e.Model().Fingerprint] = true
	}
}

// Tasks one after the other use one worker, and its memory, however many cores there are.
func TestWorkersAreUsedAgain(t *testing.T) {
	e := openTiny(t, Config{Threads: 8})
	for range 10 {
		judge(t, e, rerank.Task{Query: "q", Documents: wine.Documents[:1]})
	}
	if n := len(e.cores.free); n != 1 {
		t.Errorf("%d workers were made", n)
	}
}

// What is mapped of a file that cannot be opened is given back.
func TestNothingStaysMappedOfABrokenFile(t *testing.T) {
	maps := func() int {
		data, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Skip(err)
		}
		return strings.Count(string(data), "little.gguf")
	}
	path := writeModel(t, bake.Recipe{Weights: gguf.Q8_0, Head: "tied", Change: func(_ map[string]any, tensors map[string]*gguf.TensorData) {
		delete(tensors, "blk.1.attn_q.weight")
	}})
	before := maps()
	if _, err := Open(path, Config{}); err == nil {
		t.Fatal("it was opened")
	}
	if n := maps(); n != before {
		t.Errorf("%d mappings are left", n-before)
	}
}
