package ollama

import (
	"fmt"

	"github.com/quern-search/quern/rerank"
)

var _ rerank.Counter = (*Client)(nil)

// Count implements [rerank.Counter], where the server gave the model's vocabulary.
func (c *Client) Count(t rerank.Task, l rerank.Limits) (rerank.Count, error) {
	m := c.served.Load()
	if m.reader.vocab == nil {
		return rerank.Count{}, fmt.Errorf("ollama: %w", rerank.ErrNoTokenizer)
	}
	count, err := m.reader.vocab.Count(t, l, m.card.Context)
	if err != nil {
		return rerank.Count{}, fmt.Errorf("ollama: %w", err)
	}
	return count, nil
}
