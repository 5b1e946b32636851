package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// partners are the quotes that close a phrase, by the one that opens it: as in English, Swedish, German, French and
// Danish, and as wide as Chinese characters.
func partners(open rune) string {
	switch open {
	case '"':
		return `"`
	case '“', '„':
		return "”“"
	case '”':
		return "”"
	case '«':
		return "»"
	case '»':
		return "«"
	case '＂':
		return "＂"
	}
	return ""
}

// quotes are pairs to write a phrase in, the usual one first.
var quotes = [...]struct{ open, close string }{{`"`, `"`}, {"“", "”"}, {"„", "“"}, {"”", "”"}, {"«", "»"}, {"»", "«"}, {"＂", "＂"}}

// afterQuote is the punctuation that may stand between a phrase and the next space.
const afterQuote = ".,;:!?)]}…。，、；：！？）"

// clean makes a space of all that is no character of a text: control characters, the zero-width space, a byte order
// mark, and bytes that are not UTF-8.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u200b' || r == '\ufeff' || r == utf8.RuneError {
			return ' '
		}
		return r
	}, text)
}

// tokenEnd is where the token that begins at start ends.
func tokenEnd(text string, start int) int {
	if i := strings.IndexFunc(text[start:], unicode.IsSpace); i >= 0 {
		return start + i
	}
	return len(text)
}

// quoteAt tells whether an opening quote is at a place in text, and how many bytes it has.
func quoteAt(text string, at int) (size int, ok bool) {
	r, size := utf8.DecodeRuneInString(text[at:])
	return size, partners(r) != ""
}

// closing finds the end of a phrase in the text after its opening quote: the first partner of the quote with nothing but
// punctuation before the next space. length is the phrase's, after where the next token may begin, in bytes.
func closing(open rune, text string) (length, after int, ok bool) {
	for at := 0; ; {
		i := strings.IndexAny(text[at:], partners(open))
		if i < 0 {
			return 0, 0, false
		}
		length = at + i
		_, size := utf8.DecodeRuneInString(text[length:])
		at = length + size
		rest := strings.TrimLeft(text[at:], afterQuote)
		next, _ := utf8.DecodeRuneInString(rest)
		if rest == "" || unicode.IsSpace(next) {
			return length, len(text) - len(rest), true
		}
	}
}

// quote writes a phrase in the first pair of quotes in which it reads as the same; those in which it was typed are one.
func quote(phrase string) string {
	for _, q := range quotes {
		open, _ := utf8.DecodeRuneInString(q.open)
		if length, _, ok := closing(open, phrase+q.close); ok && length == len(phrase) {
			return q.open + phrase + q.close
		}
	}
	return quotes[0].open + phrase + quotes[0].close // not from Parse
}

// prefixOf returns a token without the star at its end, if that makes it a prefix.
func prefixOf(token string) (prefix string, ok bool) {
	prefix, ok = strings.CutSuffix(token, "*")
	last, _ := utf8.DecodeLastRuneInString(prefix)
	if !ok || !isWord(last) || strings.Contains(prefix, "*") {
		return "", false
	}
	n := 0
	for _, r := range prefix {
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
			return prefix, true
		}
		if isWord(r) {
			n++
		}
	}
	return prefix, n >= 2
}

// isWord tells whether r can be part of a word.
func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
