package qwen3

import (
	"fmt"
	"strings"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/qwen3/internal/bpe"
	"github.com/quern-search/quern/rerank/qwen3/internal/gguf"
)

// A vocabulary turns the segments of a prompt into tokens.
type vocabulary struct {
	bpe     *bpe.Tokenizer
	size    int
	yes, no int32
	suffix  []int32 // what follows every document
}

func loadVocabulary(f *gguf.File) (vocabulary, error) {
	if model, _ := f.String("tokenizer.ggml.model"); model != "gpt2" {
		return vocabulary{}, fmt.Errorf("its tokenizer is %q, not the byte-level BPE of Qwen (\"gpt2\")", model)
	}
	if pre, _ := f.String("tokenizer.ggml.pre"); pre != "qwen2" {
		return vocabulary{}, fmt.Errorf("its pre-tokeniser is %q, not \"qwen2\": words would be cut at other places than in training", pre)
	}
	tokens := f.Strings("tokenizer.ggml.tokens")
	b, err := bpe.New(tokens, f.Ints("tokenizer.ggml.token_type"), f.Strings("tokenizer.ggml.merges"))
	if err != nil {
		return vocabulary{}, err
	}
	v := vocabulary{bpe: b, size: len(tokens)}
	for word, id := range map[string]*int32{"yes": &v.yes, "no": &v.no} {
		var ok bool
		if *id, ok = b.Token(word); !ok {
			return vocabulary{}, fmt.Errorf("its vocabulary has no token %q, so it cannot answer as a Qwen3-Reranker does", word)
		}
	}
	v.suffix, err = v.encode(nil, rerank.PromptSuffix())
	if err != nil {
		return vocabulary{}, err
	}
	_, err = v.encode(nil, rerank.PromptPrefix(rerank.Task{}))
	return v, err
}

// encode appends the tokens of segments to dst. Only a control segment yields control tokens.
func (v vocabulary) encode(dst []int32, segments []rerank.Segment) ([]int32, error) {
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

// prefix returns the tokens that all documents of t share. If they fill more than half of the context, the query is cut
// at its right end, so that documents keep the other half.
func (v vocabulary) prefix(t rerank.Task, context int) ([]int32, error) {
	limit := context / 2
	query := v.first(t.Query, limit)
	if len(query) == limit {
		t.Query = v.text(query)
	}
	for {
		ids, err := v.encode(nil, rerank.PromptPrefix(t))
		if err != nil || len(ids) <= limit {
			return ids, err
		}
		over := len(ids) - limit
		if over >= len(query) {
			return nil, fmt.Errorf("the instruction alone takes about %d tokens, of %d that the model reads in all: shorten it", len(ids)-len(query), context)
		}
		query = query[:len(query)-over]
		t.Query = v.text(query)
	}
}

// text undoes a cut list of tokens; what is left of a character that the cut fell into goes.
func (v vocabulary) text(ids []int32) string { return strings.ToValidUTF8(v.bpe.Decode(ids), "") }

// document returns the tokens of one document and of the suffix, limit at the most: a document that is too long is cut
// at its right end.
func (v vocabulary) document(text string, limit int) []int32 {
	return append(v.first(rerank.PromptDocument(text).Text, limit-len(v.suffix)), v.suffix...)
}

// bytesPerToken is about how much of a text is tokenised for each token that there is room for: English has 4 to 5
// bytes a token, so that nearly always the first attempt suffices and a book is not tokenised for its first page.
const bytesPerToken = 12

// first returns the first tokens of a text, limit at the most.
func (v vocabulary) first(text string, limit int) []int32 {
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
