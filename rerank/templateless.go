package rerank

import (
	"context"
	"fmt"
	"math"
)

// redPlanet is a question whose scores are public, with and without the prompt template, for Qwen3-Reranker-0.6B:
// in the tests of sentence-transformers (tests/cross_encoder/test_model.py and test_pretrained.py).
var redPlanet = Task{
	Query: "Which planet is known as the Red Planet?",
	Documents: []string{
		"Venus is often called Earth's twin because of its similar size and proximity.",
		"Mars, known for its reddish appearance, is often referred to as the Red Planet.",
		"Jupiter, the largest planet in our solar system, has a prominent red spot.",
		"Saturn, famous for its rings, is sometimes mistaken for the Red Planet.",
	},
}

// templateless is the relevance of each document of redPlanet for a model that reads the bare query and document. With
// the template it is 0.043, 0.999, 0.406 and 0.972.
var templateless = [4]float64{0.55859, 0.98828, 0.88672, 0.91016}

// templatelessBand is how near to the published figures a score must be: what bfloat16 and 8-bit weights move it by. The
// nearest that a right score comes is 0.06, for Saturn, and all four must be near.
const templatelessBand = 0.03

// Templateless finds out whether s runs Qwen3-Reranker-0.6B without its prompt template, the most common fault of a
// server that was told to serve it: the scores look plausible, since the order is about right, and are wrong.
//
// An error that wraps [ErrProbe] says so; any other means that s could not be asked. Nil means only that the scores are
// not those of this fault, so it stands beside [Probe] and does not replace it. It costs four short prompts.
func Templateless(ctx context.Context, s Scorer) error {
	ranked, err := Rank(ctx, s, redPlanet, 0)
	if err != nil {
		return fmt.Errorf("rerank: template check: %w", err)
	}
	for _, score := range ranked {
		if math.Abs(score.Relevance()-templateless[score.Index]) > templatelessBand {
			return nil
		}
	}
	return fmt.Errorf("rerank: template check: model %q: %w: its scores for %q are those of Qwen3-Reranker without the prompt "+
		"template. vLLM: start it with --chat-template qwen3_reranker.jinja; llama-server: take a GGUF that has the template "+
		"\"rerank\" in its metadata; Xinference: choose another engine than vLLM", s.Model().Name, ErrProbe, redPlanet.Query)
}
