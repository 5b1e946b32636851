package ollama

import (
	"fmt"
	"strings"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/bpe"
	"github.com/quern-search/quern/rerank/internal/control"
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

// fitQuery cuts the query of t so that documents keep half of the context, and returns how many tokens they keep.
func (r reader) fitQuery(t rerank.Task, context int, e estimate) (rerank.Task, int, error) {
	if r.vocab != nil && e != strict {
		ids, query, err := r.vocab.Prefix(t, context)
		t.Query = query
		return t, context - len(ids), err
	}
	over := e.tokens(prefixText(t)) - context/2
	if over > 0 {
		if over >= e.tokens(t.Query) {
			return t, 0, fmt.Errorf("the instruction alone takes about %d tokens, of %d that the model reads in all: shorten it", e.tokens(t.Instruction()), context)
		}
		t.Query = e.cut(t.Query, e.tokens(t.Query)-over)
	}
	return t, context - e.tokens(prefixText(t)), nil
}

// fitDocument cuts a document to what fits limit tokens together with what follows it in the prompt.
func (r reader) fitDocument(document string, limit int, e estimate) string {
	if r.vocab != nil && e != strict {
		return r.vocab.Cut(document, limit)
	}
	return e.cut(document, limit-suffixTokens)
}

// suffixTokens is how many tokens follow a document: four control tokens and what stands between, rounded up.
const suffixTokens = 12

// prefixText is the text before the document.
func prefixText(t rerank.Task) string {
	var b strings.Builder
	for _, s := range rerank.PromptPrefix(t) {
		b.WriteString(s.Text)
	}
	return b.String()
}

// An estimate guesses the number of tokens by that of bytes: it is how many bytes a token has.
type estimate int

// English has 4 to 5 bytes a token, Chinese and Thai 3 to 5, code and numbers less; loose fits nearly all prose. Where
// it does not, or a vocabulary is not what the server reads by, the server says so, and strict is tried: no token has
// less than one byte, so it always fits.
const (
	loose  estimate = 3
	strict estimate = 1
)

func (e estimate) tokens(text string) int { return (len(text) + int(e) - 1) / int(e) }

// cut returns as much of text as is estimated to be limit tokens, and no part of a character.
func (e estimate) cut(text string, limit int) string {
	size := max(limit, 0) * int(e)
	if len(text) <= size {
		return text
	}
	return strings.ToValidUTF8(text[:size], "")
}
