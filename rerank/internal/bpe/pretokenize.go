package bpe

import (
	"unicode"
	"unicode/utf8"
)

// pieceLen returns the length of the first piece of text, which is not empty and valid UTF-8. It is Qwen2's pattern,
//
//	(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//
// written out. Its alternatives are tried in this order, each is as long as it can be, and between them they take every
// character, so a text is cut without remainder.
//
// Classes are Unicode's: \s is White_Space and not only ASCII, as in the engine of the Hugging Face tokenizers (0.23),
// which agrees on every code point that Go's tables know. Those are of Unicode 15; 5,004 letters and numbers added since
// (rare Chinese, new scripts) count as symbols here until Go has them. That cuts at other places, but makes other tokens
// only where two such letters stand in a row before one of some thirty sequences that Qwen has tokens for which begin
// inside a character: no text is known to have that.
func pieceLen(text string) int {
	first, n := class(text)
	if first == other && text[0] == '\'' {
		if n := contraction(text); n > 0 {
			return n
		}
	}
	// A word, with one character before it that may be anything but a line end or a number.
	if first == letter {
		return n + span(text[n:], letter)
	}
	if first == number {
		return n
	}
	if first == other || first == space {
		if word := span(text[n:], letter); word > 0 {
			return n + word
		}
	}
	// Symbols, with one space before and the line ends after.
	if first == other {
		return symbols(text)
	}
	if text[0] == ' ' {
		if next, _ := class(text[1:]); next == other {
			return 1 + symbols(text[1:])
		}
	}
	return blank(text)
}

// symbols returns the length of what is no letter, number or space, with the line ends that follow.
func symbols(text string) int {
	n := span(text, other)
	return n + span(text[n:], newline)
}

// blank returns the length of a piece of white space. Of a run of it, a piece goes up to the last line end; without
// one it leaves the last character to the word that follows, unless the run is that character or the text ends here.
func blank(text string) int {
	end, afterLine, lastStart := 0, 0, 0
	for end < len(text) {
		c, n := class(text[end:])
		if c != space && c != newline {
			break
		}
		lastStart = end
		end += n
		if c == newline {
			afterLine = end
		}
	}
	switch {
	case afterLine > 0:
		return afterLine
	case end == len(text) || lastStart == 0:
		return end
	}
	return lastStart
}

// contraction returns the length of 's, 't, 're, 've, 'm, 'll or 'd at the start of text, or 0. Case is ignored as
// Unicode folds it: besides the capitals, the long s (ſ, U+017F) counts as an s, in the reference, too. No other
// character folds to one of these letters.
func contraction(text string) int {
	rest := text[1:]
	if rest == "" {
		return 0
	}
	switch rest[0] | 0x20 {
	case 's', 't', 'm', 'd':
		return 2
	}
	if len(rest) >= 2 {
		switch string([]byte{rest[0] | 0x20, rest[1] | 0x20}) {
		case "re", "ve", "ll":
			return 3
		}
		if rest[:2] == "ſ" {
			return 3
		}
	}
	return 0
}

// A charClass is what the pattern tells apart.
type charClass uint8

const (
	other   charClass = iota
	letter            // \p{L}
	number            // \p{N}
	space             // \s but for
	newline           // \r and \n
)

// ascii is the class of each ASCII character; most text is of them.
var ascii = func() (table [utf8.RuneSelf]charClass) {
	for r := range table {
		table[r] = classOf(rune(r))
	}
	return table
}()

// class returns the class and the length of the first character of text, or other and 0 where there is none.
func class(text string) (charClass, int) {
	if text == "" {
		return other, 0
	}
	if text[0] < utf8.RuneSelf {
		return ascii[text[0]], 1
	}
	r, n := utf8.DecodeRuneInString(text)
	return classOf(r), n
}

func classOf(r rune) charClass {
	switch {
	case unicode.IsLetter(r):
		return letter
	case unicode.IsNumber(r):
		return number
	case r == '\r' || r == '\n':
		return newline
	case unicode.IsSpace(r):
		return space
	}
	return other
}

// span returns the length of the characters of one class at the start of text.
func span(text string, want charClass) int {
	end := 0
	for end < len(text) {
		c, n := class(text[end:])
		if c != want {
			break
		}
		end += n
	}
	return end
}
