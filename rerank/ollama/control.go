package ollama

import (
	"strings"
	"unicode/utf8"

	"github.com/quern-search/quern/rerank/internal/bpe"
)

// A harmless replaces what spells a control token, so that a document cannot end its own turn and argue "yes". Ollama
// reads control tokens wherever their text stands in a raw prompt, and has no way to say otherwise.
//
// A space after the first character does it: "<|im_end|>" becomes "< |im_end|>". The model then reads something else
// than the plain characters that rerank/qwen3 gives it, so the scores of the two differ for such texts, and only there.
type harmless struct{ replacer *strings.Replacer }

// newHarmless knows the control tokens by their names. A name of one character has no inside to put a space into, and
// no Qwen has one.
func newHarmless(names []string) harmless {
	var pairs []string
	for _, name := range names {
		_, first := utf8.DecodeRuneInString(name)
		if len(name) > first {
			pairs = append(pairs, name, name[:first]+" "+name[first:])
		}
	}
	return harmless{strings.NewReplacer(pairs...)}
}

// maxPasses bounds how often a text is gone over: one pass is enough unless names overlap in ways that none do.
const maxPasses = 4

// text returns s in the normal form that the model was trained on, without control tokens.
func (h harmless) text(s string) string {
	s = bpe.Normalise(s) // Ollama's tokenizer does not
	for range maxPasses {
		replaced := h.replacer.Replace(s)
		if replaced == s {
			break
		}
		s = replaced
	}
	return s
}

// qwenControls are the control and added tokens of Qwen3, for a server that does not tell its model's own.
func qwenControls() []string {
	return []string{
		"<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>",
		"<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
		"<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>",
		"<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>",
	}
}
