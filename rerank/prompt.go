package rerank

import "strings"

// A Segment is a piece of a prompt: either one control token of the model, or plain text. Plain text is tokenised as
// text even where it spells a control token, so that a document cannot end its own turn and argue "yes".
// Each plain segment is tokenised as one string: cutting it anywhere but where this package does gives other tokens.
type Segment struct {
	Text    string
	Control bool
}

// system is the first turn of every prompt (QwenLM/Qwen3-Embedding, model card of Qwen3-Reranker).
const system = `Judge whether the Document meets the requirements based on the Query and the Instruct provided. ` +
	`Note that the answer can only be "yes" or "no".`

func control(text string) Segment { return Segment{Text: text, Control: true} }
func plain(text string) Segment   { return Segment{Text: text} }

// PromptPrefix returns the part of the prompt that all documents of t share: system turn, instruction, query, up to
// and with "<Document>:". The cut is safe, since a space always follows it and the Qwen pre-tokeniser splits there.
func PromptPrefix(t Task) []Segment {
	s := PromptCommon(t)
	s[len(s)-1].Text += " " + t.Query + "\n<Document>:"
	return s
}

// PromptCommon returns the part of PromptPrefix that does not depend on the query: up to and with "<Query>:". Its tokens are
// the first ones of the prefix, since a space follows here, too.
func PromptCommon(t Task) []Segment {
	return []Segment{
		control("<|im_start|>"), plain("system\n" + system), control("<|im_end|>"), plain("\n"),
		control("<|im_start|>"),
		plain("user\n<Instruct>: " + t.Instruction() + "\n<Query>:"),
	}
}

// PromptDocument returns the text that follows the prefix for one document. Where the prompt would be too long this
// is what is cut, at its right end.
func PromptDocument(document string) Segment { return plain(" " + document) }

// PromptSuffix returns what follows every document: the end of the user's turn and an empty thought, after which the
// model's next token is "yes" or "no".
func PromptSuffix() []Segment {
	return []Segment{
		control("<|im_end|>"), plain("\n"), control("<|im_start|>"), plain("assistant\n"),
		control("<think>"), plain("\n\n"), control("</think>"), plain("\n\n"),
	}
}

// Prompt returns the whole prompt for one document of t as the text that the model's authors print. A server that parses
// it takes control tokens in query, document or instruction for real ones, so whoever sends it makes them harmless first
// (rerank/internal/control).
func Prompt(t Task, document string) string {
	var b strings.Builder
	for _, s := range PromptPrefix(t) {
		b.WriteString(s.Text)
	}
	b.WriteString(PromptDocument(document).Text)
	for _, s := range PromptSuffix() {
		b.WriteString(s.Text)
	}
	return b.String()
}
