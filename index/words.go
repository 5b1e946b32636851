package index

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A word is where a token stands in a text, for counting: of several tokens in one place only the shortest.
type word struct{ from, to int }

// wordsOf finds the words of a text. It goes by lines, which no word crosses, since the tokenizer gives much more than
// is wanted here.
func wordsOf(text string) (words []word) {
	at := 0
	for line := range strings.Lines(text) {
		position := 0
		for _, t := range (tokenizer{}).Tokenize([]byte(line)) {
			if t.Position == position {
				last := &words[len(words)-1]
				last.to = min(last.to, at+t.End)
				continue
			}
			position = t.Position
			words = append(words, word{at + t.Start, at + t.End})
		}
		at += len(line)
	}
	return words
}

// A gap is how well a text may be cut between two words.
type gap int

const (
	within    gap = iota // nothing is seen between the words
	space                // or a punctuation mark
	sentence             // the end of one
	line                 // the end of one
	paragraph            // a blank line
)

// gapOf judges what stands between two words, and gives the byte of it to cut at: what is before it belongs to the first
// word, what is after it to the second.
func gapOf(between string) (kind gap, cut int) {
	var previous rune // but for what closes
	blank := false    // nothing but white space since a line's end
	for at := 0; at < len(between); {
		r, size := utf8.DecodeRuneInString(between[at:])
		now := within
		switch {
		case r == '\n' && blank:
			now = paragraph
		case r == '\n':
			now = line
		case unicode.IsSpace(r) && isStop(previous), isWideStop(r), isClosing(r) && isWideStop(previous) && cut == at:
			now = sentence
		case unicode.IsSpace(r):
			now = space
		default:
			kind = max(kind, space)
		}
		blank = r == '\n' || blank && unicode.IsSpace(r)
		if !isClosing(r) {
			previous = r
		}
		at += size
		if now != within && now >= kind {
			kind, cut = now, at
		}
	}
	return kind, cut
}

// isStop tells the marks that end a sentence where white space follows.
func isStop(r rune) bool { return strings.ContainsRune(".!?…।۔؟", r) }

// isWideStop tells those that end one as they are.
func isWideStop(r rune) bool { return strings.ContainsRune("。！？｡", r) }

// isClosing tells what may stand between the end of a sentence and its mark: quotes and brackets.
func isClosing(r rune) bool { return r == '"' || r == '\'' || unicode.In(r, unicode.Pe, unicode.Pf) }
