package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/ollama"
	"github.com/quern-search/quern/rerank/reranktest"
)

// A model whose server is down is asked for again, but not by every search.
func TestLaterOpensWhenTheServerIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts, up := 0, false
		l := &later{name: "ollama:big#parallel=3", open: func(context.Context) (model, error) {
			attempts++
			if !up {
				return model{}, ollama.ErrUnreachable
			}
			return model{scorer: &reranktest.Fake{Card: rerank.Model{Name: "big", Kind: "ollama", Fingerprint: "f"}}}, nil
		}}
		if m := l.Model(); m.Name != "ollama:big (not reached yet)" || m.Kind != "ollama" || m.Fingerprint != "" {
			t.Errorf("before it is open it is %+v", m)
		}
		rank := func() error {
			_, err := rerank.Rank(t.Context(), l, rerank.Task{Query: "q", Documents: []string{"d"}}, 0)
			return err
		}
		for range 3 {
			if err := rank(); !errors.Is(err, ollama.ErrUnreachable) {
				t.Errorf("while the server is down: error %v", err)
			}
		}
		if attempts != 1 {
			t.Errorf("%d attempts by three searches within %v, want 1", attempts, tryAgain)
		}
		up = true
		if err := rank(); err == nil {
			t.Errorf("it was tried again before %v had passed", tryAgain)
		}
		time.Sleep(tryAgain)
		for range 2 {
			if err := rank(); err != nil {
				t.Errorf("with the server up: error %v", err)
			}
		}
		if attempts != 2 || l.Model().Fingerprint != "f" {
			t.Errorf("%d attempts, model %+v", attempts, l.Model())
		}
	})
}

// Opening may take minutes; a search waits for it no longer than its deadline, and later ones find it done.
func TestLaterOpensBehindASearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &later{name: "http://gpu:8000", open: func(context.Context) (model, error) {
			time.Sleep(time.Minute)
			return model{scorer: &reranktest.Fake{}}, nil
		}}
		if m := l.Model(); m.Name != "http://gpu:8000 (not reached yet)" || m.Kind != "remote" {
			t.Errorf("before it is open it is %+v", m)
		}
		task := rerank.Task{Query: "q", Documents: []string{"d"}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := rerank.Rank(ctx, l, task, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("at its deadline: error %v", err)
		}
		if _, err := rerank.Rank(t.Context(), l, task, 0); !errors.Is(err, errOpening) {
			t.Errorf("while it is being opened: error %v", err)
		}
		time.Sleep(time.Minute)
		if _, err := rerank.Rank(t.Context(), l, task, 0); err != nil {
			t.Errorf("a minute later: error %v", err)
		}
	})
}

// The task that begins to open it does not wait for long either, and one that cannot judge is not tried again.
func TestLaterThatCannotJudge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		l := &later{name: "ollama:chat", open: func(context.Context) (model, error) {
			attempts++
			time.Sleep(time.Minute)
			return model{}, rerank.ErrProbe
		}}
		task := rerank.Task{Query: "q", Documents: []string{"d"}}
		start := time.Now()
		if _, err := rerank.Rank(t.Context(), l, task, 0); !errors.Is(err, errOpening) || time.Since(start) != waitsFor {
			t.Errorf("after %v: error %v", time.Since(start), err)
		}
		time.Sleep(time.Hour)
		if _, err := rerank.Rank(t.Context(), l, task, 0); !errors.Is(err, rerank.ErrProbe) || attempts != 1 {
			t.Errorf("an hour later: %d attempts, error %v", attempts, err)
		}
	})
}

// counter is a Scorer with a tokenizer, which takes every text for one token.
type counter struct{ reranktest.Fake }

func (*counter) Count(t rerank.Task, _ rerank.Limits) (rerank.Count, error) {
	return rerank.Count{Tokens: 2 * len(t.Documents)}, nil
}

// Whatever a model is wrapped in, tokens are counted by its own tokenizer, from when it is open.
func TestCountTokensSeesTheModel(t *testing.T) {
	l := &later{open: func(context.Context) (model, error) { return model{scorer: unverified{&counter{}}}, nil }}
	task := rerank.Task{Query: "four", Documents: []string{"sixteen letters."}}
	for _, want := range []int{1 + 4, 2} {
		if c, err := rerank.CountTokens(l, task, rerank.Limits{}); err != nil || c.Tokens != want {
			t.Errorf("%+v, %v, want %d tokens", c, err, want)
		}
		if _, err := rerank.Rank(t.Context(), l, task, 0); err != nil {
			t.Fatal(err)
		}
	}
}
