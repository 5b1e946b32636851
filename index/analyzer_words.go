package index

import (
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	bleveunicode "github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
)

// A tokenizer finds the words of a text in any language. Where words have spaces between them, they are Unicode's
// (UAX 29), combining marks and joiners included. Where they have none, every two neighbouring characters are a term, so
// that a word is found wherever it stands, without a dictionary; a character of Chinese is a word of its own besides. It
// goes by script and not by language, so that a Chinese name is found in an English text too: Bleve's own tokenizer cuts
// Chinese into single characters, takes a Korean word with its endings for one, and drops Thai, Lao, Khmer and Burmese.
type tokenizer struct{}

// Tokenize gives the terms as they stand in text: later filters fold them.
func (tokenizer) Tokenize(text []byte) analysis.TokenStream {
	words := bleveunicode.NewUnicodeTokenizer()
	var tokens analysis.TokenStream
	position := 0 // of the last word; phrases are found by it
	for start := 0; start < len(text); {
		class, end := run(text, start)
		var found analysis.TokenStream
		switch class {
		case unspaced:
			found = grams(text[start:end:end])
		case wide:
			found = analysis.TokenStream{{Term: text[start:end:end], End: end - start, Position: 1}}
		default:
			found = words.Tokenize(text[start:end:end])
		}
		for _, t := range found {
			t.Start += start
			t.End += start
			t.Position += position
		}
		if len(found) > 0 {
			position = found[len(found)-1].Position
			tokens = append(tokens, found...)
		}
		start = end
	}
	return tokens
}

// A class is what a character does to the search for words.
type class int

const (
	spaced   class = iota // left to Unicode's rules
	unspaced              // a letter of a script without spaces between words
	wide                  // a full-width letter or digit, of which Bleve's tokenizer drops the digits
	mark                  // belongs to what stands before it
)

const (
	firstUnspaced = '\u0e00' // the block of Thai: nothing before needs a closer look
	wideToNarrow  = '０' - '0'

	// Signs of kana that Unicode counts for no script, since they belong to two.
	longVowel      = 'ー'
	halfLongVowel  = 'ｰ'
	halfVoiced     = '\uff9e' // the half-width marks, which are letters to Unicode
	halfSemivoiced = '\uff9f'
)

func classOf(r rune) class {
	switch narrow := r - wideToNarrow; {
	case r < firstUnspaced:
		return spaced
	case unicode.IsMark(r) || r == halfVoiced || r == halfSemivoiced:
		return mark
	case r == longVowel || r == halfLongVowel:
		return unspaced
	case narrow >= '0' && narrow <= '9' || narrow >= 'A' && narrow <= 'Z' || narrow >= 'a' && narrow <= 'z':
		return wide
	case unicode.IsLetter(r) && Unspaced(r):
		return unspaced
	}
	return spaced
}

// Unspaced tells whether r is of a script that has no spaces between words (or, as Korean, between all of a word's parts),
// so that terms are no words but pieces of text.
func Unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Hangul, unicode.Thai,
		unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// run gives the end of the longest stretch of one class from start on, and which class.
func run(text []byte, start int) (class, int) {
	r, size := utf8.DecodeRune(text[start:])
	first, end := classOf(r), start+size
	if first == mark {
		first = spaced
	}
	for end < len(text) {
		r, size := utf8.DecodeRune(text[end:])
		if c := classOf(r); c != first && c != mark {
			break
		}
		end += size
	}
	return first, end
}

// grams gives every two neighbouring characters, and those of Chinese one by one as well; a character that has no
// neighbour is a term too. Marks (Thai vowels and tones, say) count with the character that bears them: half a syllable
// means nothing.
func grams(text []byte) (tokens analysis.TokenStream) {
	var starts []int // of each character
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if classOf(r) != mark {
			starts = append(starts, i)
		}
		i += size
	}
	n := len(starts)
	starts = append(starts, len(text))
	add := func(i, length int) {
		from, to := starts[i], starts[i+length]
		tokens = append(tokens, &analysis.Token{Term: text[from:to:to], Start: from, End: to, Position: i + 1})
	}
	for i := range n {
		if i+1 < n {
			add(i, 2)
		}
		if r, _ := utf8.DecodeRune(text[starts[i]:]); n == 1 || unicode.Is(unicode.Han, r) {
			add(i, 1)
		}
	}
	return tokens
}
