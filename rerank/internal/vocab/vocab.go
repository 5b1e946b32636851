// Package vocab turns the prompt of a Qwen3-Reranker into tokens, and cuts what is too long for the model.
//
// It is what the backends that know a model's vocabulary share: rerank/qwen3 feeds the tokens to the model, and
// rerank/ollama needs them to send no more than its server will read. Where a query or a document is cut is decided here
// alone, so that both read the same text. A [Source] comes from a GGUF's metadata, or from a tokenizer.json by
// [FromTokenizerJSON]. Read next: package bpe, the tokenizer, and rerank/prompt.go, the prompt.
package vocab

import (
	"fmt"
	"strings"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/bpe"
)

// A Source is what a model's file says of its tokenizer, under the names that GGUF has for it.
type Source struct {
	Model  string   // tokenizer.ggml.model: the family of tokenizers
	Pre    string   // tokenizer.ggml.pre: how text is cut into words before it is tokenised
	Tokens []string // tokenizer.ggml.tokens, in the byte alphabet of GPT-2
	Types  []int    // tokenizer.ggml.token_type, one for each token
	Merges []string // tokenizer.ggml.merges
}

// A Vocabulary turns the segments of a prompt into tokens. It is safe for concurrent use.
type Vocabulary struct {
	Yes, No int32   // the two tokens whose logits are the judgment
	Suffix  []int32 // the tokens that follow every document

	bpe  *bpe.Tokenizer
	size int
}

// New reads a vocabulary, or says why it is not one of a Qwen3-Reranker.
func New(s Source) (*Vocabulary, error) {
	if s.Model != "gpt2" {
		return nil, fmt.Errorf("its tokenizer is %q, not the byte-level BPE of Qwen (\"gpt2\")", s.Model)
	}
	if s.Pre != "qwen2" {
		return nil, fmt.Errorf("its pre-tokeniser is %q, not \"qwen2\": words would be cut at other places than in training", s.Pre)
	}
	b, err := bpe.New(s.Tokens, s.Types, s.Merges)
	if err != nil {
		return nil, err
	}
	v := &Vocabulary{bpe: b, size: len(s.Tokens)}
	for word, id := range map[string]*int32{"yes": &v.Yes, "no": &v.No} {
		var ok bool
		if *id, ok = b.Token(word); !ok {
			return nil, fmt.Errorf("its vocabulary has no token %q, so it cannot answer as a Qwen3-Reranker does", word)
		}
	}
	if v.Suffix, err = v.Encode(nil, rerank.PromptSuffix()); err != nil {
		return nil, err
	}
	_, err = v.Encode(nil, rerank.PromptPrefix(rerank.Task{}))
	return v, err
}

// Size returns the number of tokens, those of every kind.
func (v *Vocabulary) Size() int { return v.size }

// Control returns the id of the control or user-defined token of that name, such as <|im_end|>.
func (v *Vocabulary) Control(name string) (int32, bool) { return v.bpe.Control(name) }

// Encode appends the tokens of segments to dst. Only a control segment yields control tokens; one whose name the
// vocabulary lacks is an error.
func (v *Vocabulary) Encode(dst []int32, segments []rerank.Segment) ([]int32, error) {
	for _, s := range segments {
		if !s.Control {
			dst = v.bpe.Encode(dst, s.Text)
			continue
		}
		id, ok := v.bpe.Control(s.Text)
		if !ok {
			return nil, fmt.Errorf("its vocabulary has no control token %q, which the prompt of a Qwen3-Reranker needs", s.Text)
		}
		dst = append(dst, id)
	}
	return dst, nil
}

// Prefix returns the tokens that all documents of t share, and the query that they hold. If they fill more than half of
// the context, the query is cut at its right end, so that documents keep the other half.
func (v *Vocabulary) Prefix(t rerank.Task, context int) (ids []int32, query string, err error) {
	limit := context / 2
	cut := v.first(t.Query, limit)
	if len(cut) == limit {
		t.Query = v.text(cut)
	}
	for {
		ids, err := v.Encode(nil, rerank.PromptPrefix(t))
		if err != nil || len(ids) <= limit {
			return ids, t.Query, err
		}
		over := len(ids) - limit
		if over >= len(cut) {
			return nil, "", fmt.Errorf("the instruction alone takes about %d tokens, of %d that the model reads in all: shorten it", len(ids)-len(cut), context)
		}
		cut = cut[:len(cut)-over]
		t.Query = v.text(cut)
	}
}

// Common returns how many of the tokens of a task's Prefix do not depend on its query.
func (v *Vocabulary) Common(t rerank.Task) (int, error) {
	ids, err := v.Encode(nil, rerank.PromptCommon(t))
	return len(ids), err
}

// Document returns the tokens of one document and of the suffix, limit at the most: a document that is too long is cut
// at its right end.
func (v *Vocabulary) Document(text string, limit int) []int32 {
	return append(v.first(rerank.PromptDocument(text).Text, limit-len(v.Suffix)), v.Suffix...)
}

// Cut returns as much of a document, from its beginning, as Document keeps of it.
func (v *Vocabulary) Cut(text string, limit int) string {
	limit -= len(v.Suffix)
	ids := v.first(rerank.PromptDocument(text).Text, limit)
	if len(ids) < limit {
		return text
	}
	space := rerank.PromptDocument("").Text
	return strings.TrimPrefix(v.text(ids), space)
}

// text undoes a cut list of tokens; what is left of a character that the cut fell into goes.
func (v *Vocabulary) text(ids []int32) string { return strings.ToValidUTF8(v.bpe.Decode(ids), "") }

// bytesPerToken is about how much of a text is tokenised for each token that there is room for: English has 4 to 5
// bytes a token, so that nearly always the first attempt suffices and a book is not tokenised for its first page.
const bytesPerToken = 12

// first returns the first tokens of a text, limit at the most.
func (v *Vocabulary) first(text string, limit int) []int32 {
	for size := limit * bytesPerToken; ; size *= 2 {
		head := head(text, size)
		ids := v.bpe.Encode(nil, head)
		if len(ids) >= limit || len(head) == len(text) {
			return ids[:min(len(ids), limit)]
		}
	}
}

// head returns about the first size bytes of text, cut where the tokens before the cut do not depend on what follows:
// before a space that follows a letter or digit, where the pre-tokeniser always splits.
func head(text string, size int) string {
	for i := size; i < len(text); i++ {
		c := text[i-1] | 0x20
		if text[i] == ' ' && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9') {
			return text[:i]
		}
	}
	return text
}
