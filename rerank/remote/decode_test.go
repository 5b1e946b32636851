package remote

import (
	"reflect"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank"
)

func TestPlan(t *testing.T) {
	task := func(sizes ...int) rerank.Task {
		t := rerank.Task{Query: "ten bytes.", Instruct: "x"}
		for _, n := range sizes {
			t.Documents = append(t.Documents, strings.Repeat("d", n))
		}
		return t
	}
	for _, test := range []struct {
		name         string
		task         rerank.Task
		size, tokens int
		want         []batch
	}{
		{"one", task(5), 3, 0, []batch{{0, 1}}},
		{"full", task(5, 5, 5), 3, 0, []batch{{0, 3}}},
		{"one more", task(5, 5, 5, 5), 3, 0, []batch{{0, 3}, {3, 4}}},
		{"query and instruction count for each document", task(9, 9, 9), 3, 40, []batch{{0, 2}, {2, 3}}},
		{"one token too many", task(9, 10, 9), 3, 40, []batch{{0, 1}, {1, 2}, {2, 3}}},
		{"too long by itself", task(1, 100, 1), 3, 40, []batch{{0, 1}, {1, 2}, {2, 3}}},
	} {
		if got := plan(test.task, test.size, test.tokens); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestSpread(t *testing.T) {
	q := question{query: "q", documents: []string{"four", "", "eightbyt", "four", "a"}}
	for _, tokens := range []int{0, 1, 4, 5, 6, 7, 99, 100, 101, maxTokens, maxTokens + 1, -3} {
		scores := make([]rerank.Score, len(q.documents))
		spread(q, tokens, scores)
		sum, want := 0, tokens
		if tokens < 0 || tokens > maxTokens { // what cannot be is not believed
			want = 0
		}
		for i, s := range scores {
			sum += s.Tokens
			for j, other := range scores {
				if len(q.documents[i]) < len(q.documents[j]) && s.Tokens > other.Tokens {
					t.Errorf("of %d tokens %q has %d, %q %d", tokens, q.documents[i], s.Tokens, q.documents[j], other.Tokens)
				}
			}
		}
		if sum != want {
			t.Errorf("%d tokens were spread as %d", tokens, sum)
		}
	}
}
