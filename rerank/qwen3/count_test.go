package qwen3

import (
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank"
)

// What Count says is read is what Score reads, prompt apart, whatever is too long.
func TestCountIsWhatIsRead(t *testing.T) {
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
			if c.Cut != test.cut || !c.Exact || c.LongQuery != (test.name == "query at a limit" || test.name == "query") {
				t.Errorf("%+v", c)
			}
			// The prompt without any text, and the space before a document, are what Count leaves out. That space joins a
			// word's first token, or is one of its own before what is no word.
			bare := judge(t, e, rerank.Task{Documents: []string{""}})[0].Tokens - 1
			read := 0
			for _, s := range judge(t, e, c.Task) {
				read += s.Tokens - bare
			}
			if n := len(test.task.Documents); read < c.Read-n || read > c.Read+n {
				t.Errorf("Count says %d tokens are read, and Score read %d", c.Read, read)
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
	if c.Asked != 2*2+2+1 || c.Read != c.Asked || c.Cut != 2 || !c.LongQuery {
		t.Errorf("%+v", c)
	}
	if _, err := e.Count(rerank.Task{Instruct: strings.Repeat("judge it well ", 2000)}, rerank.Limits{}); err == nil || !strings.Contains(err.Error(), "instruction") {
		t.Error(err)
	}
}
