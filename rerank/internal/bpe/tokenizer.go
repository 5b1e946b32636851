// Package bpe is the byte-level BPE tokenizer of Qwen2 and Qwen3, from text to the token ids that the model reads.
//
// Text goes through three steps: it is normalised (normalise.go), cut into pieces that no token crosses
// (pretokenize.go), and in each piece the bytes are joined into tokens by the vocabulary's merges (merge.go).
// All three must be exactly those of the model's authors: other tokens give other scores, with no error anywhere.
//
// The vocabulary comes from a model's files, by way of package vocab: a GGUF's metadata (tokenizer.ggml.tokens, .token_type
// and .merges), or a tokenizer.json.
package bpe

import (
	"fmt"
	"strings"
	"sync"
)

// The kinds of token that matter here, as tokenizer.ggml.token_type numbers them. Tokens of any other kind (unknown,
// unused, byte) are never made of text nor found by name.
const (
	Normal      = 1
	Control     = 3 // <|im_start|> and the like
	UserDefined = 4 // <think>: not one of the turn marks, but never made of text either
)

// A Tokenizer turns text into token ids. It is safe for concurrent use.
type Tokenizer struct {
	texts   []string         // by id: the bytes a plain token stands for, or another token's name
	bytes   [256]int32       // token of each byte
	control map[string]int32 // control and user-defined tokens by name
	merges  mergeTable
	scratch sync.Pool // of *scratch
}

// New makes a tokenizer from a vocabulary. Tokens are written in the byte alphabet of GPT-2 (see alphabet.go), types
// are their kinds, and a merge is two tokens with a space between, the most important first.
func New(tokens []string, types []int, merges []string) (*Tokenizer, error) {
	if len(types) != len(tokens) {
		return nil, fmt.Errorf("bpe: %d tokens but %d token types: the file is damaged", len(tokens), len(types))
	}
	t := &Tokenizer{texts: make([]string, len(tokens)), control: map[string]int32{}}
	t.scratch.New = func() any { return new(scratch) }
	plain := make(map[string]int32, len(tokens))
	for i, token := range tokens {
		id, names := int32(i), plain
		t.texts[i] = token
		switch types[i] {
		case Normal:
			text, ok := decodeAlphabet(token)
			if !ok {
				return nil, fmt.Errorf("bpe: token %d, %q, is not in the byte alphabet: the vocabulary is not one of a byte-level BPE", i, token)
			}
			t.texts[i] = text
		case Control, UserDefined:
			names = t.control
		default:
			continue
		}
		if other, twice := names[token]; twice {
			return nil, fmt.Errorf("bpe: tokens %d and %d are both %q: the file is damaged", other, id, token)
		}
		names[token] = id
	}
	for b := range t.bytes {
		id, ok := plain[alphabet[b]]
		if !ok {
			return nil, fmt.Errorf("bpe: the vocabulary has no token for byte %#02x: it is not one of a byte-level BPE", b)
		}
		t.bytes[b] = id
	}
	if err := t.merges.fill(plain, merges); err != nil {
		return nil, err
	}
	return t, nil
}

// Size returns the number of tokens, those of every kind.
func (t *Tokenizer) Size() int { return len(t.texts) }

// Control returns the id of the control or user-defined token of that name, such as <|im_end|>.
func (t *Tokenizer) Control(name string) (int32, bool) {
	id, ok := t.control[name]
	return id, ok
}

// Token returns the id of the plain token that text is read as, where it is read as exactly one.
func (t *Tokenizer) Token(text string) (int32, bool) {
	if ids := t.Encode(nil, text); len(ids) == 1 {
		return ids[0], true
	}
	return 0, false
}

// Encode appends the ids of plain text to dst. It never yields a control or user-defined token: text that spells one
// is read as the characters it is made of. Two texts encoded apart may give other ids than both as one. Time grows
// with the length of the text, whatever it holds; memory, with its longest piece (about 20 bytes a byte).
func (t *Tokenizer) Encode(dst []int32, text string) []int32 {
	s := t.scratch.Get().(*scratch)
	defer t.scratch.Put(s)
	for text = Normalise(text); text != ""; {
		n := pieceLen(text)
		dst = t.appendPiece(dst, text[:n], s)
		text = text[n:]
	}
	return dst
}

// Decode returns the text of ids; control tokens are written by name, and ids outside the vocabulary are left out.
// Of plain tokens it is the inverse of Encode, for normalised text.
func (t *Tokenizer) Decode(ids []int32) string {
	var b strings.Builder
	for _, id := range ids {
		if id >= 0 && int(id) < len(t.texts) {
			b.WriteString(t.texts[id])
		}
	}
	return b.String()
}
