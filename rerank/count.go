package rerank

import (
	"errors"
	"strings"
)

// Limits bound what is taken of each text of a Task, in tokens; 0 means no bound but the model's own. What is longer loses
// its end.
type Limits struct{ Query, Document int }

// A Count tells how many tokens a Task has, and how much of it a model reads.
//
// Tokens are added up as rerank services bill them: those of the query once for each document, and those of the documents.
// The prompt around them is not counted.
type Count struct {
	Task      Task // its texts cut at the limits
	Tokens    int  // of Task
	Cut       int  // how many texts, the query being one, are not read to their end, for these limits or the model's context
	LongQuery bool // whether the query was cut at its limit
}

// ErrNoTokenizer is what a Counter answers whose server keeps the model's tokenizer to itself.
var ErrNoTokenizer = errors.New("the tokenizer of the model is not known")

// A Counter is a Scorer that may know its model's tokenizer, which is no part of the contract. Callers use [CountTokens].
type Counter interface {
	// Count tells what of t Score reads. An error that is not ErrNoTokenizer means that Score cannot read t at all, because
	// its instruction alone is too long, and says so.
	Count(t Task, l Limits) (Count, error)
}

// bytesPerToken is what a token is taken to have where the tokenizer is not known: it is right for English prose, and
// Chinese has about as many.
const bytesPerToken = 4

// CountTokens counts t by the tokenizer of s, or estimates where s has none. A Scorer that wraps another is seen through if
// it has a method Unwrap() Scorer.
func CountTokens(s Scorer, t Task, l Limits) (Count, error) {
	for s != nil {
		if c, ok := s.(Counter); ok {
			count, err := c.Count(t, l)
			if errors.Is(err, ErrNoTokenizer) {
				break
			}
			return count, err
		}
		w, ok := s.(interface{ Unwrap() Scorer })
		if !ok {
			break
		}
		s = w.Unwrap()
	}
	return estimate(t, l), nil
}

// estimate counts bytes. What the context of the model cuts off is not known.
func estimate(t Task, l Limits) Count {
	c := Count{Task: t}
	var query int
	c.Task.Query, query, c.LongQuery = clip(t.Query, l.Query)
	if c.LongQuery {
		c.Cut++
	}
	c.Task.Documents = make([]string, len(t.Documents))
	for i, d := range t.Documents {
		text, tokens, cut := clip(d, l.Document)
		c.Task.Documents[i] = text
		c.Tokens += query + tokens
		if cut {
			c.Cut++
		}
	}
	return c
}

// clip cuts a text to limit tokens by estimate, and no character in two.
func clip(text string, limit int) (head string, tokens int, cut bool) {
	tokens = (len(text) + bytesPerToken - 1) / bytesPerToken
	if limit == 0 || tokens <= limit {
		return text, tokens, false
	}
	return strings.ToValidUTF8(text[:limit*bytesPerToken], ""), limit, true
}
