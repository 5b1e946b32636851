package qwen3

import (
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank"
)

// Texts are cut at the limits and by the context, and what is cut is told; what is within the limits counts.
func TestCount(t *testing.T) {
	e := openTiny(t, Config{Context: 400})
	long := strings.Repeat("a text of many words ", 200)
	tests := []struct {
		name   string
		task   rerank.Task
		limits rerank.Limits
		cut    int
	}{
		{"short", rerank.Task{Query: "red wine", Documents: []string{"", "a stain", "日本語"}}, rerank.Limits{Query: 10, Document: 10}, 0},
		{"documents", rerank.Task{Query: "red wine", Documents: []string{long, "a stain", long}}, rerank.Limits{}, 2},
		{"documents at a limit", rerank.Task{Query: "red wine", Documents: []string{long, "a stain", long}}, rerank.Limits{Query: 10, Document: 20}, 2},
		{"query", rerank.Task{Query: long, Documents: []string{"a stain", long}}, rerank.Limits{}, 2},
		{"query at a limit", rerank.Task{Query: long, Documents: []string{"a stain"}}, rerank.Limits{Query: 7}, 1},
		{"one word of 3 kB", rerank.Task{Query: "q", Documents: []string{strings.Repeat("xy", 1500)}}, rerank.Limits{Document: 4000}, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := e.Count(test.task, test.limits)
			if err != nil {
				t.Fatal(err)
			}
			if c.Cut != test.cut || c.LongQuery != (len(test.task.Query) > 100) {
				t.Errorf("%+v", c)
			}
			// What was within the limits, and so was counted, has as many tokens when it is counted again.
			again, err := e.Count(c.Task, test.limits)
			if err != nil || test.limits.Document > 0 && again.Tokens != c.Tokens {
				t.Errorf("%d tokens, and again %d, %v", c.Tokens, again.Tokens, err)
			}
		})
	}
}

// A document that just fits is read whole, and one of a token more is not.
func TestCountAtTheEdge(t *testing.T) {
	e := openTiny(t, Config{Context: 200})
	cuts := 0
	for n := 90; n < 130; n++ {
		task := rerank.Task{Query: "q", Documents: []string{strings.Repeat("a ", n) + "a"}}
		c, err := e.Count(task, rerank.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		longer := task
		longer.Documents = []string{task.Documents[0] + " much more"}
		same := judge(t, e, task)[0].Logit == judge(t, e, longer)[0].Logit // what follows changes nothing: it is not read
		if c.Cut == 1 && !same {
			t.Errorf("%d words: Count says they are cut, but more is read", n+1)
		}
		cuts += c.Cut
	}
	if cuts == 0 || cuts == 40 {
		t.Errorf("%d of 40 documents are cut", cuts)
	}
}

func TestCountCutsTheTask(t *testing.T) {
	e := openTiny(t, Config{})
	c, err := e.Count(rerank.Task{Query: "one two three", Documents: []string{"one two three", "one"}, Instruct: "find"}, rerank.Limits{Query: 2, Document: 2})
	want := rerank.Task{Query: "one two", Documents: []string{"one two", "one"}, Instruct: "find"}
	if err != nil || c.Task.Query != want.Query || !slices.Equal(c.Task.Documents, want.Documents) || c.Task.Instruct != want.Instruct {
		t.Errorf("%+v, %v", c, err)
	}
	if c.Tokens != 2*2+2+1 || c.Cut != 2 || !c.LongQuery {
		t.Errorf("%+v", c)
	}
	if _, err := e.Count(rerank.Task{Instruct: strings.Repeat("judge it well ", 2000)}, rerank.Limits{}); err == nil || !strings.Contains(err.Error(), "instruction") {
		t.Error(err)
	}
}
