package qwen3

import (
	"fmt"

	"github.com/quern-search/quern/rerank"
)

var _ rerank.Counter = (*Engine)(nil)

// Count implements [rerank.Counter]. The query, with the prompt before it, is read up to half of the context; each document
// as far as the rest of it goes.
func (e *Engine) Count(t rerank.Task, l rerank.Limits) (rerank.Count, error) {
	c, err := e.vocab.Count(t, l, e.context)
	if err != nil {
		return rerank.Count{}, fmt.Errorf("qwen3: %w", err)
	}
	return c, nil
}
