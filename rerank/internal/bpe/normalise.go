package bpe

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Normalise returns text in Unicode's composed form (NFC), which Qwen's tokenizer applies first: "é" is one character
// however it was typed.
//
// Bytes that are no UTF-8 cannot reach the reference, which reads Unicode strings; they become U+FFFD as they do in
// Python (errors="replace") and Rust (from_utf8_lossy) on the way there.
func Normalise(text string) string {
	if !utf8.ValidString(text) {
		text = replaceInvalid(text)
	}
	composed := norm.NFC.String(text)
	if strings.Count(composed, joiner) != strings.Count(text, joiner) {
		return compose(text)
	}
	return composed
}

// joiner is the combining grapheme joiner, which package norm puts after every 30 combining marks on one character
// (Stream-Safe Text Format, UAX #15). The reference does not.
const joiner = "\u034f"

// replaceInvalid puts one U+FFFD for each maximal part of a broken character: the bytes that begin a character as
// Unicode defines it and then stop, or a byte that begins none (Unicode 15, section 3.9, "substitution of maximal subparts").
func replaceInvalid(text string) string {
	var b strings.Builder
	for text != "" {
		r, n := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && n == 1 {
			for n < len(text) && !utf8.FullRuneInString(text[:n+1]) {
				n++ // still the beginning of a character
			}
		}
		b.WriteRune(r)
		text = text[n:]
	}
	return b.String()
}

// compose is NFC by its definition (UAX #15): decompose, sort the marks on each character by their class, and join what
// has a composed form. It is slow, and serves only text with more marks on a character than package norm leaves alone.
func compose(text string) string {
	var runes []rune
	for _, r := range text {
		runes = append(runes, []rune(norm.NFD.String(string(r)))...)
	}
	sortMarks(runes)
	out, starter := runes[:0], -1 // starter: where in out the character that marks join is
	for _, r := range runes {
		class := combiningClass(r)
		if starter >= 0 && (starter == len(out)-1 || combiningClass(out[len(out)-1]) < class) {
			if joined := []rune(norm.NFC.String(string([]rune{out[starter], r}))); len(joined) == 1 {
				out[starter] = joined[0]
				continue
			}
		}
		if class == 0 {
			starter = len(out)
		}
		out = append(out, r)
	}
	return string(out)
}

func sortMarks(runes []rune) {
	for begin := 0; begin < len(runes); {
		end := begin + 1
		for end < len(runes) && combiningClass(runes[end]) > 0 {
			end++
		}
		// The first one's class is 0, so that it stays, or it is a mark that has no character before it.
		slices.SortStableFunc(runes[begin:end], func(a, b rune) int {
			return int(combiningClass(a)) - int(combiningClass(b))
		})
		begin = end
	}
}

func combiningClass(r rune) uint8 { return norm.NFD.PropertiesString(string(r)).CCC() }
