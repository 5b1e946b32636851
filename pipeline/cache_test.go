package pipeline_test

import (
	"fmt"
	"testing"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
)

// counter is a model that counts the documents it reads.
func counter() (*reranktest.Fake, *int) {
	n := new(int)
	return &reranktest.Fake{Judge: func(t rerank.Task, d string) float64 { *n++; return upsideDown(t, d) }}, n
}

func TestCacheAsksOnlyForWhatItDoesNotKnow(t *testing.T) {
	fake, read := counter()
	p := open(t, pipeline.Config{Retriever: found(9), Scorer: fake})
	steps := []struct {
		name          string
		q             pipeline.Query
		read, hits, n int
	}{
		{"first", pipeline.Query{Text: "q", Window: 4}, 4, 0, 4},
		{"again", pipeline.Query{Text: "q", Window: 4}, 0, 4, 4},
		{"two more", pipeline.Query{Text: "q", Window: 6}, 2, 4, 6},
		{"other settings that do not touch scores", pipeline.Query{Text: "q", Window: 6, MinScore: 0.5, TopN: 3}, 0, 6, 6},
		{"default instruction spelt out", pipeline.Query{Text: "q", Window: 6, Instruct: rerank.DefaultInstruct}, 0, 6, 6},
		{"other instruction", pipeline.Query{Text: "q", Window: 6, Instruct: "i"}, 6, 0, 6},
		{"other query", pipeline.Query{Text: "Q", Window: 6}, 6, 0, 6},
	}
	for _, step := range steps {
		*read = 0
		a, err := p.Search(t.Context(), step.q)
		if err != nil {
			t.Fatal(err)
		}
		if *read != step.read || a.Stats.CacheHits != step.hits || a.Rerank.Judged != step.n || a.Rerank.Status != pipeline.OK {
			t.Errorf("%s: read %d, %d from the cache; want %d, %d; rerank %+v", step.name, *read, a.Stats.CacheHits, step.read, step.hits, a.Rerank)
		}
		if (a.Rerank.Tokens == 0) != (step.read == 0) {
			t.Errorf("%s: %d tokens for %d documents read", step.name, a.Rerank.Tokens, step.read)
		}
		if want := fmt.Sprintf("d%d", step.n); a.Hits[0].ID != want {
			t.Errorf("%s: first hit %s, want %s", step.name, a.Hits[0].ID, want)
		}
	}
}

func TestCacheKeepsWhatCameBeforeTheTrouble(t *testing.T) {
	fake := &reranktest.Fake{Judge: upsideDown, Trouble: reranktest.Fails, After: 2}
	p := open(t, pipeline.Config{Retriever: found(4), Scorer: fake})
	for _, want := range []string{"d2* d1* d3 d4", "d4* d3* d2* d1*"} { // the second time only two are left to ask for
		a, err := p.Search(t.Context(), pipeline.Query{Text: "q"})
		if got := ids(a.Hits); err != nil || got != want {
			t.Errorf("hits %s, %v; want %s", got, err, want)
		}
	}
}

func TestCacheOff(t *testing.T) {
	tests := []struct {
		name  string
		bytes int64
		want  int
	}{
		{"on", 0, 3},
		{"switched off", -1, 6},
		{"too small for one score", 1, 6},
		{"room for two", 400, 4}, // the first of three is forgotten
	}
	for _, test := range tests {
		fake, read := counter()
		p := open(t, pipeline.Config{Retriever: found(3), Scorer: fake, CacheBytes: test.bytes})
		for range 2 {
			if _, err := p.Search(t.Context(), pipeline.Query{Text: "q"}); err != nil {
				t.Fatal(err)
			}
		}
		if *read != test.want {
			t.Errorf("%s: read %d documents in two searches, want %d", test.name, *read, test.want)
		}
	}
}

// nameless is a model that does not say when its scores change.
type nameless struct{ *reranktest.Fake }

func (nameless) Model() rerank.Model { return rerank.Model{Name: "nameless", Kind: "fake"} }

func TestCacheNeedsAFingerprint(t *testing.T) {
	fake, read := counter()
	p := open(t, pipeline.Config{Retriever: found(3), Scorer: nameless{fake}})
	for range 2 {
		if _, err := p.Search(t.Context(), pipeline.Query{Text: "q"}); err != nil {
			t.Fatal(err)
		}
	}
	if *read != 6 {
		t.Errorf("read %d documents, want 6: without a fingerprint nothing is kept", *read)
	}
}
