package qwen3

import (
	"slices"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/bake"
	"github.com/quern-search/quern/rerank/internal/gguf"
)

// Whatever was asked before, a score has the same bits: nothing is remembered, the instruction, or all of the prompt.
func TestBitsDoNotDependOnWhatWasAskedBefore(t *testing.T) {
	data := bake.Model(bake.Recipe{Weights: gguf.Q8_0, Head: "tied"})
	task := rerank.Task{Query: "a query of some words", Documents: wine.Documents}
	want := judge(t, openBytes(t, data, Config{Precision: Quantised}), task)
	e := openBytes(t, data, Config{Precision: Quantised})
	for _, before := range []rerank.Task{
		{Query: "another", Documents: wine.Documents},
		{Query: task.Query, Instruct: "judge", Documents: wine.Documents},
		{Query: "a query of some words more", Documents: wine.Documents},
		task,
	} {
		judge(t, e, before)
		if !slices.Equal(judge(t, e, task), want) {
			t.Errorf("after %q with %q the scores are others", before.Query, before.Instruct)
		}
	}
}

// The part that all queries of an instruction share, and the prompts of the latest queries.
func TestPrefixesAreRemembered(t *testing.T) {
	e := openTiny(t, Config{})
	remembered := func(task rerank.Task) (common, whole bool) {
		ids, _, err := e.vocab.Prefix(task, e.context)
		if err != nil {
			t.Fatal(err)
		}
		n, err := e.vocab.Common(task)
		if err != nil {
			t.Fatal(err)
		}
		return e.prefixes.get(ids[:n]) != nil, e.prefixes.get(ids) != nil
	}
	first, second := rerank.Task{Query: "one", Documents: wine.Documents[:1]}, rerank.Task{Query: "two"}
	if common, whole := remembered(first); common || whole {
		t.Error("something is remembered before anything was asked")
	}
	judge(t, e, first)
	if common, whole := remembered(first); !common || !whole {
		t.Errorf("after one task: common %v, whole %v", common, whole)
	}
	if common, whole := remembered(second); !common || whole {
		t.Errorf("of another query: common %v, whole %v", common, whole)
	}
	if common, _ := remembered(rerank.Task{Query: "one", Instruct: "judge"}); common {
		t.Error("the part of another instruction is taken for remembered")
	}
}

func TestPrefixesAreBounded(t *testing.T) {
	var p prefixes
	third := []kv{{k: make([]float32, prefixBytes/12), v: nil}} // a third of all there may be
	for i := range int32(5) {
		p.put([]int32{i}, third)
		p.get([]int32{0}) // is always the latest but one
	}
	var kept []int32
	for _, e := range p.entries {
		kept = append(kept, e.ids...)
	}
	if !slices.Equal(kept, []int32{3, 4, 0}) {
		t.Errorf("kept %v, want the latest three", kept)
	}
	p.put([]int32{9}, []kv{{k: make([]float32, prefixBytes)}})
	if len(p.entries) != 3 || p.get([]int32{9}) != nil {
		t.Errorf("one that is too large alone changed what is kept: %d", len(p.entries))
	}
}

func TestPlan(t *testing.T) {
	even := make([]string, 50)
	for i := range even {
		even[i] = string(make([]byte, 640))
	}
	for name, c := range map[string]struct {
		documents []string
		workers   int
		want      int
	}{
		"one":               {even[:1], 2, 1},
		"two for two":       {even[:2], 2, 2},
		"fifty for two":     {even, 2, 14},
		"fifty for sixteen": {even, 16, 16},
		"empty ones":        {make([]string, 50), 2, 2},
		"a thousand":        {slices.Repeat([]string{string(make([]byte, 2500))}, 1000), 2, 1000},
		"one of a megabyte": {append([]string{string(make([]byte, 1<<20))}, even...), 2, 16},
	} {
		batches := plan(c.documents, c.workers, 1024)
		if len(batches) != c.want {
			t.Errorf("%s: %d batches, want %d: %v", name, len(batches), c.want, batches)
		}
		at := 0
		for _, b := range batches {
			if b[0] != at || b[1] <= b[0] {
				t.Errorf("%s: batch %v after %d", name, b, at)
			}
			at = b[1]
		}
		if at != len(c.documents) {
			t.Errorf("%s: the batches end at %d of %d", name, at, len(c.documents))
		}
	}
}
