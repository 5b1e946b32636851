package reranktest

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank"
)

func testModel(t *testing.T, s rerank.Scorer) {
	m := s.Model()
	if m.Name == "" || m.Kind == "" {
		t.Errorf("Model() = %+v: want a name and a kind", m)
	}
	if m.Context < 0 || !(m.Blend >= 0 && m.Blend <= 1) {
		t.Errorf("Model() = %+v: want Context of 0 or more, Blend in 0..1", m)
	}
	scores(t, s, task())
	if again := s.Model(); again.Name != m.Name || again.Kind != m.Kind {
		t.Errorf("Model() = %+v after use, %+v before", again, m)
	}
}

// testComplete reads the Scorer itself, not through rerank.Checked.
func testComplete(t *testing.T, s rerank.Scorer) {
	task := task()
	times := make([]int, len(task.Documents))
	for score, err := range s.Score(t.Context(), task) {
		if err != nil {
			t.Fatal(err)
		}
		if score.Index < 0 || score.Index >= len(times) {
			t.Fatalf("index %d of %d documents", score.Index, len(times))
		}
		times[score.Index]++
		if math.IsNaN(score.Logit) || math.IsInf(score.Logit, 0) {
			t.Errorf("document %d has logit %v", score.Index, score.Logit)
		}
	}
	for i, n := range times {
		if n != 1 {
			t.Errorf("document %d was judged %d times", i, n)
		}
	}
	one := rerank.Task{Query: task.Query, Documents: task.Documents[:1]}
	if n := len(scores(t, s, one)); n != 1 {
		t.Errorf("a task of one document has %d scores", n)
	}
}

func testEmpty(t *testing.T, s rerank.Scorer) {
	for score, err := range s.Score(t.Context(), rerank.Task{Query: "nothing to read"}) {
		t.Errorf("a task without documents yields %+v, %v", score, err)
	}
}

func (c suite) testSame(t *testing.T, s rerank.Scorer) {
	task := task()
	task.Documents = append(task.Documents, task.Documents[0]) // the same text twice in a task
	first, second := scores(t, s, task), scores(t, s, task)
	for i, a := range first {
		if b := second[i]; a.Tokens != b.Tokens || !c.same([]float64{a.Logit}, []float64{b.Logit}) {
			t.Errorf("the same task twice: document %d has %+v and %+v", i, a, b)
		}
	}
	if a, b := first[0].Logit, first[len(first)-1].Logit; !c.same([]float64{a}, []float64{b}) {
		t.Errorf("the same text twice in a task: logits %v and %v", a, b)
	}
}

func (c suite) testOrder(t *testing.T, s rerank.Scorer) {
	task := task()
	want := logits(t, s, task)

	reversed := task
	reversed.Documents = slices.Clone(task.Documents)
	slices.Reverse(reversed.Documents)
	got := logits(t, s, reversed)
	slices.Reverse(got)
	if !c.same(got, want) {
		t.Errorf("in reverse order: logits %v, want %v", got, want)
	}

	for i, document := range task.Documents {
		alone := rerank.Task{Query: task.Query, Documents: []string{document}}
		if got := logits(t, s, alone); !c.same(got, want[i:i+1]) {
			t.Errorf("document %d alone: logit %v, in company %v", i, got[0], want[i])
		}
	}

	long := task
	long.Documents = append([]string{strings.Repeat("Much soup was eaten. ", 40)}, task.Documents...)
	if got := logits(t, s, long)[1:]; !c.same(got, want) {
		t.Errorf("beside a longer document: logits %v, want %v", got, want)
	}
}

func (c suite) testInstruct(t *testing.T, s rerank.Scorer) {
	task := task()
	want := logits(t, s, task)
	task.Instruct = rerank.DefaultInstruct
	if got := logits(t, s, task); !c.same(got, want) {
		t.Errorf("with the default instruction spelt out: logits %v, without %v", got, want)
	}
	task.Instruct = "Given a question of a cook, retrieve warnings"
	logits(t, s, task)
}

func testTokens(t *testing.T, s rerank.Scorer) {
	task := rerank.Task{Query: "soup", Documents: []string{"Soup.", "Soup, and bread, and much more of both on cold days."}}
	found := scores(t, s, task)
	short, long := found[0].Tokens, found[1].Tokens
	if short < 0 || long < 0 || (short == 0) != (long == 0) || short > long {
		t.Errorf("a short and a longer document have %d and %d tokens", short, long)
	}
}
