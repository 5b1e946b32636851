package vocab

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/quern-search/quern/rerank/internal/bpe"
)

// qwen2Pattern is how text is cut into words before it is tokenised: what GGUF calls the pre-tokeniser "qwen2". Package bpe
// has it written out.
const qwen2Pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`

// unused is a type of token that no text becomes and no name finds: the places of a model's matrix that its tokenizer
// leaves empty.
const unused = 5

// A tokenizerJSON is the part of a tokenizer.json that decides which tokens a text becomes.
type tokenizerJSON struct {
	AddedTokens []struct {
		ID             int
		Content        string
		Special        bool
		LStrip, RStrip bool // take white space beside the token with it
	} `json:"added_tokens"`
	Normalizer   *step
	PreTokenizer *step `json:"pre_tokenizer"`
	Model        struct {
		Type                    string
		Dropout                 float64
		ContinuingSubwordPrefix string `json:"continuing_subword_prefix"`
		EndOfWordSuffix         string `json:"end_of_word_suffix"`
		ByteFallback            bool   `json:"byte_fallback"`
		IgnoreMerges            bool   `json:"ignore_merges"`
		Vocab                   map[string]int
		Merges                  []mergeRule
	}
}

// A step is a normaliser or a pre-tokeniser; most fields are those of one kind only.
type step struct {
	Type           string
	PreTokenizers  []step `json:"pretokenizers"`
	Pattern        struct{ Regex string }
	Behavior       string
	Invert         bool
	AddPrefixSpace bool  `json:"add_prefix_space"`
	UseRegex       *bool `json:"use_regex"`
}

// A mergeRule is two tokens with a space between, or, in files since 2024, a list of two.
type mergeRule string

func (m *mergeRule) UnmarshalJSON(b []byte) error {
	if b[0] != '[' {
		return json.Unmarshal(b, (*string)(m))
	}
	var pair []string
	if err := json.Unmarshal(b, &pair); err != nil {
		return err
	}
	if len(pair) != 2 || strings.Contains(pair[0], " ") || strings.Contains(pair[1], " ") {
		return fmt.Errorf("a merge is %q, not two tokens", pair)
	}
	*m = mergeRule(pair[0] + " " + pair[1])
	return nil
}

// FromTokenizerJSON reads a tokenizer.json, the form of the Hugging Face tokenizers, for a model whose matrix has rows for
// size tokens. It fails where the file asks for anything but what Qwen's tokenizer does: other tokens give other scores,
// with no error anywhere.
func FromTokenizerJSON(data []byte, size int) (Source, error) {
	var file tokenizerJSON
	if err := json.Unmarshal(data, &file); err != nil {
		return Source{}, err
	}
	if err := file.check(); err != nil {
		return Source{}, err
	}
	s := Source{Model: "gpt2", Pre: "qwen2", Tokens: make([]string, size), Types: make([]int, size)}
	for i := range s.Types {
		s.Types[i] = unused
	}
	for token, id := range file.Model.Vocab {
		if err := s.put(id, token, bpe.Normal); err != nil {
			return Source{}, err
		}
	}
	for _, t := range file.AddedTokens {
		kind := bpe.UserDefined
		if t.Special {
			kind = bpe.Control
		}
		if t.LStrip || t.RStrip {
			return Source{}, fmt.Errorf("its token %q takes white space with it, which Qwen's do not", t.Content)
		}
		if id, both := file.Model.Vocab[t.Content]; both && id == t.ID {
			s.Types[id] = unused // to be put again, as what it is
		}
		if err := s.put(t.ID, t.Content, kind); err != nil {
			return Source{}, err
		}
	}
	for _, m := range file.Model.Merges {
		s.Merges = append(s.Merges, string(m))
	}
	return s, nil
}

func (s *Source) put(id int, token string, kind int) error {
	switch {
	case id < 0 || id >= len(s.Tokens):
		return fmt.Errorf("token %q is number %d, and the model has %d: tokenizer and model do not belong together", token, id, len(s.Tokens))
	case s.Types[id] != unused:
		return fmt.Errorf("tokens %q and %q are both number %d: the file is damaged", s.Tokens[id], token, id)
	}
	s.Tokens[id], s.Types[id] = token, kind
	return nil
}

// check refuses every way of making tokens but Qwen's: composed Unicode, words by the pattern, bytes joined by merges.
func (t *tokenizerJSON) check() error {
	m := t.Model
	switch {
	case m.Type != "BPE":
		return fmt.Errorf("its tokenizer is of type %q, not the byte-level BPE of Qwen", m.Type)
	case m.Dropout != 0 || m.ContinuingSubwordPrefix != "" || m.EndOfWordSuffix != "" || m.ByteFallback || m.IgnoreMerges:
		return errors.New("its tokenizer has settings (dropout, prefixes, suffixes, byte_fallback or ignore_merges) that Qwen's does not have")
	case t.Normalizer == nil || t.Normalizer.Type != "NFC":
		return errors.New("its tokenizer does not compose Unicode (NFC) as Qwen's does")
	case t.PreTokenizer == nil || !t.PreTokenizer.isQwen():
		return errors.New("its pre-tokeniser is not Qwen's: words would be cut at other places than in training")
	}
	return nil
}

func (s *step) isQwen() bool {
	if s.Type != "Sequence" || len(s.PreTokenizers) != 2 {
		return false
	}
	split, bytes := s.PreTokenizers[0], s.PreTokenizers[1]
	return split.Type == "Split" && split.Pattern.Regex == qwen2Pattern && split.Behavior == "Isolated" && !split.Invert &&
		bytes.Type == "ByteLevel" && !bytes.AddPrefixSpace && bytes.UseRegex != nil && !*bytes.UseRegex
}
