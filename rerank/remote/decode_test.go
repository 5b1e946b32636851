package remote

import (
	"math"
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

// FuzzDecode holds every decoder to this: whatever a server sends, there is an error, or a sound score for each document.
func FuzzDecode(f *testing.F) {
	for _, d := range Dialects() {
		for _, body := range []string{
			`{"results":[{"index":0,"relevance_score":0.9},{"index":1,"relevance_score":1}],"usage":{"total_tokens":7}}`,
			`{"results":[{"index":1,"relevance_score":0},{"index":0,"relevance_score":1e-300}],"meta":{"tokens":{"input_tokens":1e300}}}`,
			`{"output":{"results":[{"index":0,"relevance_score":0.9},{"index":1,"relevance_score":0.1}]},"usage":{"total_tokens":9007199254740993}}`,
			`{"data":[{"index":0,"relevance_score":0.9},{"index":1,"relevance_score":null}],"usage":{"total_tokens":-7}}`,
			`[{"index":0,"score":-1e308},{"index":1,"score":3.5}]`,
			`{"results":null}`, `null`, `[`, `<html>`, ``,
		} {
			f.Add(d, []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		d, err := dialectNamed(name)
		if err != nil {
			t.Skip()
		}
		a, err := d.decode(body)
		if err != nil {
			return
		}
		for _, raw := range []bool{false, true} {
			q := question{query: "q", documents: []string{"a", "bcd"}, raw: raw}
			scores, err := judge(q, a)
			if err != nil {
				continue
			}
			sum := 0
			for i, s := range scores {
				if s.Index != i || math.IsNaN(s.Logit) || math.IsInf(s.Logit, 0) || s.Tokens < 0 {
					t.Errorf("score %d is %+v", i, s)
				}
				sum += s.Tokens
			}
			if len(scores) != len(q.documents) || sum != 0 && sum != a.tokens {
				t.Errorf("%d scores, %d of %d tokens", len(scores), sum, a.tokens)
			}
		}
	})
}

// FuzzWords: an error's text is short, on one line, and valid UTF-8, whatever the server sends.
func FuzzWords(f *testing.F) {
	for _, body := range []string{
		`{"message":"a"}`, `{"error":{"message":"b"}}`, `{"error":"c"}`, `{"detail":[{"msg":"d","loc":["body"]}]}`, `{"detail":"e\nf"}`,
		`{"message":null,"error":3}`, "\xff\xfe", strings.Repeat("ä", quoted), "<html>", "",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		said := words(nil, body)
		if len(said) > quoted+len("...") || strings.ContainsAny(said, "\n\r") || strings.ToValidUTF8(said, "") != said {
			t.Errorf("%q becomes %q", body, said)
		}
	})
}
