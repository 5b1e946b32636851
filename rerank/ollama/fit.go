package ollama

import (
	"fmt"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/bpe"
	"github.com/quern-search/quern/rerank/internal/control"
	"github.com/quern-search/quern/rerank/internal/estimate"
	"github.com/quern-search/quern/rerank/internal/vocab"
)

// A reader knows how the model reads text: in which tokens, and which texts are no plain text to it.
type reader struct {
	vocab    *vocab.Vocabulary // nil: the server did not tell, why is why not
	why      error
	controls control.Tokens
}

// newReader takes the vocabulary from the metadata, where the server gives it.
func newReader(info metadata) reader {
	const key = "tokenizer.ggml."
	tokens, types := info.texts(key+"tokens"), info.numbers(key+"token_type")
	v, err := vocab.New(vocab.Source{
		Model:  info.text(key + "model"),
		Pre:    info.text(key + "pre"),
		Tokens: tokens,
		Types:  types,
		Merges: info.texts(key + "merges"),
	})
	if err != nil {
		return reader{nil, err, control.Qwen()}
	}
	var names []string
	for i, kind := range types {
		if kind == bpe.Control || kind == bpe.UserDefined {
			names = append(names, tokens[i])
		}
	}
	return reader{v, nil, control.New(names)}
}

func (r reader) String() string {
	if r.vocab == nil {
		return fmt.Sprintf("unknown (%v): long texts are cut by an estimate", r.why)
	}
	return fmt.Sprintf("%d tokens, known: long texts are cut exactly", r.vocab.Size())
}

// A way is how texts are cut: by the vocabulary, with some tokens to spare, or by an estimate.
type way struct {
	spare int
	rate  estimate.Rate // 0: by the vocabulary
}

// ways are tried in their order while the server finds the prompt too long. It should not do so where the vocabulary is
// known, but a text that was cut can have a token or two more than it had as a part of the whole.
func (r reader) ways() []way {
	if r.vocab != nil {
		return []way{{}, {spare: 16}, {rate: estimate.Strict}}
	}
	return []way{{rate: estimate.Loose}, {rate: estimate.Strict}}
}

// How many tokens the prompt's own text has, without the instruction: before the query and document, and after these,
// each rounded up. Only an estimate needs to be told.
const (
	promptTokens = 56
	suffixTokens = 12
)

// minQuery is what is kept of a query however little room there is, in tokens: with less a score means nothing.
const minQuery = 16

// fitQuery cuts the query of t so that documents keep half of the context, and returns how many tokens they keep.
func (r reader) fitQuery(t rerank.Task, context int, by way) (rerank.Task, int, error) {
	if by.rate == 0 {
		ids, query, err := r.vocab.Prefix(t, context-by.spare)
		t.Query = query
		return t, context - by.spare - len(ids), err
	}
	own := promptTokens + by.rate.Tokens(t.Instruction())
	t.Query = by.rate.Cut(t.Query, max(context/2-own, minQuery))
	room := context - own - by.rate.Tokens(t.Query)
	if room < suffixTokens+minQuery {
		return t, 0, fmt.Errorf("the instruction alone takes about %d tokens, of %d that the model reads in all: shorten it", by.rate.Tokens(t.Instruction()), context)
	}
	return t, room, nil
}

// fitDocument cuts a document to what fits limit tokens together with what follows it in the prompt.
func (r reader) fitDocument(document string, limit int, by way) string {
	if by.rate == 0 {
		return r.vocab.Cut(document, limit)
	}
	return by.rate.Cut(document, limit-suffixTokens)
}
