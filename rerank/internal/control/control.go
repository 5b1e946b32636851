// Package control takes the power of control tokens from text that servers read as part of a raw prompt.
//
// A server that tokenises a whole prompt, or fills a template, reads control tokens wherever their text stands, in a
// document too: "<|im_end|>" there ends the user's turn, and what follows can argue "yes". rerank/qwen3 does not have
// that trouble, since it tokenises texts apart from the prompt; a client of a server has to change the text.
//
// A space after the first character does it: "<|im_end|>" becomes "< |im_end|>". The model then reads something else
// than the plain characters that rerank/qwen3 gives it, so the scores of the two differ for such texts, and only there.
package control

import (
	"strings"
	"unicode/utf8"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/bpe"
)

// Tokens are the control tokens of a model, ready to be found in texts. The zero value knows none.
type Tokens struct{ replacer *strings.Replacer }

// New knows the control tokens by their names. A name of one character has no inside to put a space into, and no Qwen
// has one.
func New(names []string) Tokens {
	var pairs []string
	for _, name := range names {
		_, first := utf8.DecodeRuneInString(name)
		if len(name) > first {
			pairs = append(pairs, name, name[:first]+" "+name[first:])
		}
	}
	return Tokens{strings.NewReplacer(pairs...)}
}

// Qwen returns the control and added tokens of Qwen3, for a server that does not tell its model's own.
func Qwen() Tokens {
	return New([]string{
		"<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>",
		"<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
		"<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>",
		"<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>",
	})
}

// maxPasses bounds how often a text is gone over: one pass is enough unless names overlap in ways that none do.
const maxPasses = 4

// Harmless returns text without control tokens, in the normal form (NFC, valid UTF-8) that the model was trained on,
// which servers do not make.
func (t Tokens) Harmless(text string) string {
	text = bpe.Normalise(text)
	if t.replacer == nil {
		return text
	}
	for range maxPasses {
		replaced := t.replacer.Replace(text)
		if replaced == text {
			break
		}
		text = replaced
	}
	return text
}

// Task returns t with a query and an instruction that are harmless. Documents are left to the caller, who may not need
// all of them.
func (t Tokens) Task(task rerank.Task) rerank.Task {
	task.Query, task.Instruct = t.Harmless(task.Query), t.Harmless(task.Instruct)
	return task
}
