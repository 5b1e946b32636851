package rerank

import (
	"context"
	"errors"
	"fmt"
)

// ErrProbe is wrapped by the error of [Probe] when a model answers but does not tell right from wrong.
var ErrProbe = errors.New("the model does not judge")

// probes are questions with their answers: everyday English, short, no two about the same thing.
var probes = []struct{ question, answer string }{
	{"how do I boil an egg", "Put the egg into boiling water and let it cook for about eight minutes, then cool it under cold water."},
	{"what is the capital of France", "Paris is the capital of France and its largest city."},
	{"my phone battery does not last the day", "To make the battery of a phone last longer, lower the brightness of the screen and close apps that run in the background."},
	{"why do leaves turn yellow in autumn", "In autumn trees stop making green chlorophyll, so the yellow that was in their leaves all along begins to show."},
}

// Probe finds out whether s judges at all, before anybody trusts it: four questions are each scored against their own
// answer and those of the other three, and each must put its own first. That is easy for any working reranker, while
// a model that rates documents without regard to the question cannot pass, and one that guesses passes once in 256.
//
// An error that wraps [ErrProbe] says which pair was put the wrong way round; any other means that s could not be
// asked. It costs 16 short prompts.
func Probe(ctx context.Context, s Scorer) error {
	answers := make([]string, len(probes))
	for i, p := range probes {
		answers[i] = p.answer
	}
	for own, p := range probes {
		ranked, err := Rank(ctx, s, Task{Query: p.question, Documents: answers}, 0)
		if err != nil {
			return fmt.Errorf("rerank: probe: %w", err)
		}
		if err := checkProbe(ranked, own); err != nil {
			return fmt.Errorf("rerank: probe: model %q: %w", s.Model().Name, err)
		}
	}
	return nil
}

// checkProbe returns an error unless the answer at index own stands alone at the top of ranked.
func checkProbe(ranked []Score, own int) error {
	best, right := ranked[0], ranked[0]
	for _, s := range ranked {
		if s.Index == own {
			right = s
		}
	}
	if best == right {
		best = ranked[1]
	}
	if right.Logit > best.Logit {
		return nil
	}
	const hint = "it may be a plain chat or embedding model, a GGUF converted without its reranking head, or served " +
		"without the prompt template: take a file made for reranking, or skip the probe"
	if right.Logit == best.Logit {
		return fmt.Errorf("%w: for %q, right %q and wrong %q both have logit %.4g: %s",
			ErrProbe, probes[own].question, probes[own].answer, probes[best.Index].answer, right.Logit, hint)
	}
	return fmt.Errorf("%w: for %q, right %q has logit %.4g, wrong %q has %.4g: %s",
		ErrProbe, probes[own].question, probes[own].answer, right.Logit, probes[best.Index].answer, best.Logit, hint)
}
