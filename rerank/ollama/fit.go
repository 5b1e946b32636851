package ollama

import (
	"fmt"
	"strings"

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

// fitQuery cuts the query of t so that documents keep half of the context, and returns how many tokens they keep.
func (r reader) fitQuery(t rerank.Task, context int, e estimate.Rate) (rerank.Task, int, error) {
	if r.vocab != nil && e != estimate.Strict {
		ids, query, err := r.vocab.Prefix(t, context)
		t.Query = query
		return t, context - len(ids), err
	}
	over := e.Tokens(prefixText(t)) - context/2
	if over > 0 {
		if over >= e.Tokens(t.Query) {
			return t, 0, fmt.Errorf("the instruction alone takes about %d tokens, of %d that the model reads in all: shorten it", e.Tokens(t.Instruction()), context)
		}
		t.Query = e.Cut(t.Query, e.Tokens(t.Query)-over)
	}
	return t, context - e.Tokens(prefixText(t)), nil
}

// fitDocument cuts a document to what fits limit tokens together with what follows it in the prompt.
func (r reader) fitDocument(document string, limit int, e estimate.Rate) string {
	if r.vocab != nil && e != estimate.Strict {
		return r.vocab.Cut(document, limit)
	}
	return e.Cut(document, limit-suffixTokens)
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
