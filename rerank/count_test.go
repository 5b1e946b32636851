package rerank_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
)

// Without a tokenizer a token is four bytes, and no character is cut in two.
func TestCountTokensEstimates(t *testing.T) {
	task := rerank.Task{Query: "12345678", Documents: []string{"", "1234", "12345", "日本語日本語"}}
	tests := []struct {
		limits                rerank.Limits
		tokens, cut           int
		longQuery             bool
		query, first, longest string
	}{
		{rerank.Limits{}, 4*2 + 0 + 1 + 2 + 5, 0, false, "12345678", "12345", "日本語日本語"},
		{rerank.Limits{Query: 2, Document: 5}, 4*2 + 0 + 1 + 2 + 5, 0, false, "12345678", "12345", "日本語日本語"},
		{rerank.Limits{Query: 1, Document: 1}, 4*1 + 0 + 1 + 1 + 1, 3, true, "1234", "1234", "日"},
	}
	for _, test := range tests {
		for _, s := range []rerank.Scorer{nil, &reranktest.Fake{}} {
			c, err := rerank.CountTokens(s, task, test.limits)
			if err != nil || c.Tokens != test.tokens || c.Cut != test.cut || c.LongQuery != test.longQuery {
				t.Errorf("%+v: %+v, %v", test.limits, c, err)
			}
			if d := c.Task.Documents; c.Task.Query != test.query || d[2] != test.first || d[3] != test.longest {
				t.Errorf("%+v: cut to %q", test.limits, c.Task)
			}
		}
	}
	if task.Documents[3] != "日本語日本語" {
		t.Error("the task itself was changed")
	}
}

// counter is a Scorer with a tokenizer of its own, which wrapped hides.
type counter struct{ reranktest.Fake }

var errCount = errors.New("counted")

func (*counter) Count(rerank.Task, rerank.Limits) (rerank.Count, error) {
	return rerank.Count{}, errCount
}

// mute is a Counter that turns out to have no tokenizer.
type mute struct{ reranktest.Fake }

func (*mute) Count(rerank.Task, rerank.Limits) (rerank.Count, error) {
	return rerank.Count{}, fmt.Errorf("mute: %w", rerank.ErrNoTokenizer)
}

type wrapped struct{ rerank.Scorer }

func (w wrapped) Unwrap() rerank.Scorer { return w.Scorer }

func TestCountTokensSeesThroughWrappers(t *testing.T) {
	for _, s := range []rerank.Scorer{&counter{}, wrapped{&counter{}}, wrapped{wrapped{&counter{}}}} {
		if c, err := rerank.CountTokens(s, rerank.Task{}, rerank.Limits{}); !errors.Is(err, errCount) {
			t.Errorf("%T: %+v, %v", s, c, err)
		}
	}
	// One that is not open yet wraps nothing, and one whose server does not tell its tokenizer is as good as nothing.
	for _, s := range []rerank.Scorer{wrapped{}, wrapped{&mute{}}} {
		task := rerank.Task{Query: "q", Documents: []string{strings.Repeat("a", 8)}}
		if c, err := rerank.CountTokens(s, task, rerank.Limits{}); err != nil || c.Tokens != 3 {
			t.Errorf("%T: %+v, %v", s, c, err)
		}
	}
}
