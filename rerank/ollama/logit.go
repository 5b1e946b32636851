package ollama

import (
	"fmt"

	"github.com/ollama/ollama/api"

	"github.com/quern-search/quern/rerank"
)

// maxTop is how many of the likeliest tokens a server shows at the most; it refuses to be asked for more.
const maxTop = 20

// scoreOf reads an answer. Its tokens are those of the whole prompt, however many of them were in the server's cache.
func scoreOf(answer api.GenerateResponse) (rerank.Score, error) {
	s := rerank.Score{Tokens: answer.PromptEvalCount}
	if len(answer.Logprobs) == 0 {
		if answer.Response == "" && answer.Done {
			return s, nil // the model ended its turn: nothing is known of either word
		}
		return s, fmt.Errorf("%w: it said %q without any: update Ollama to %s or later, or leave out the gateway in front of it", ErrTooOld, answer.Response, firstWithLogprobs)
	}
	top := answer.Logprobs[0].TopLogprobs
	if len(top) == 0 {
		return s, fmt.Errorf("%w of other tokens than %q: update Ollama to %s or later, or leave out the gateway in front of it", ErrTooOld, answer.Response, firstWithLogprobs)
	}
	s.Logit = logit(top)
	return s, nil
}

// logit is log p(yes) - log p(no), which is logit(yes) - logit(no): what both share cancels out. The tokens are exactly
// these; " yes" and "Yes" are others.
//
// A word that is not among the tokens shown is at most as likely as the last of them, so it is given that likelihood:
// the result is then the least, or the greatest, that the logit can be, and its sign is right. Where both are missing
// nothing is known, and the result is 0.
func logit(top []api.TokenLogprob) float64 {
	bound := top[0].Logprob
	for _, t := range top {
		bound = min(bound, t.Logprob)
	}
	return logprob(top, "yes", bound) - logprob(top, "no", bound)
}

func logprob(top []api.TokenLogprob, token string, bound float64) float64 {
	for _, t := range top {
		if t.Token == token {
			return t.Logprob
		}
	}
	return bound
}
