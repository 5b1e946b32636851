package index

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"golang.org/x/text/unicode/norm"
)

// fold makes one of several ways to write a term: small letters, and of what Unicode holds to be the same (NFKC:
// letters with their accents apart, ligatures, full and half width) the composed form. Digits of every script become 0
// to 9. What is not seen goes: soft hyphens and marks of direction, but not the joiners, which languages have rules of
// their own for. Bleve's filter for small letters finds nothing left to do; it breaks words with letters whose small
// form is shorter, as the capital ẞ is.
type fold struct {
	lower func(rune) rune
}

func (f fold) Filter(tokens analysis.TokenStream) analysis.TokenStream {
	for _, t := range tokens {
		if bytes.ContainsFunc(t.Term, changes) {
			t.Term = bytes.Map(f.rune, norm.NFKC.Bytes(t.Term))
		}
	}
	return tokens
}

// changes tells whether folding may change a character. It spares most words of English a copy.
func changes(r rune) bool { return r >= utf8.RuneSelf || 'A' <= r && r <= 'Z' }

const (
	nonJoiner = '\u200c'
	joiner    = '\u200d'
)

func (f fold) rune(r rune) rune {
	switch {
	case r < utf8.RuneSelf || r == joiner || r == nonJoiner:
		return f.lower(r)
	case unicode.Is(unicode.Cf, r):
		return -1
	case unicode.IsDigit(r):
		value := rune(0)
		for unicode.IsDigit(r - value - 1) { // digits stand in rows from 0 to 9
			value++
		}
		return '0' + value%10
	}
	return f.lower(r)
}

// greekAccents leaves out accents, which capitals do without and inflection moves, and makes a final sigma like others.
type greekAccents struct{}

func (greekAccents) Filter(tokens analysis.TokenStream) analysis.TokenStream {
	for _, t := range tokens {
		t.Term = bytes.Map(func(r rune) rune {
			switch {
			case unicode.IsMark(r):
				return -1
			case r == 'ς':
				return 'σ'
			}
			return r
		}, norm.NFD.Bytes(t.Term))
	}
	return tokens
}

// spaceJoiners cuts a Persian word from its ending, as Bleve's filter for it does; in the joiner's three bytes, so that
// what comes after keeps its place and can be marked in the text.
type spaceJoiners struct{}

func (spaceJoiners) Filter(text []byte) []byte {
	return bytes.ReplaceAll(text, []byte(string(nonJoiner)), []byte("   "))
}

// nonEmpty drops what a stemmer has left nothing of, such as an Arabic word that is a mere stroke.
type nonEmpty struct{}

func (nonEmpty) Filter(tokens analysis.TokenStream) analysis.TokenStream {
	kept := tokens[:0]
	for _, t := range tokens {
		if len(t.Term) > 0 {
			kept = append(kept, t)
		}
	}
	return kept
}
