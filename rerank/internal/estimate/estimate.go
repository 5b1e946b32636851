// Package estimate guesses how many tokens a text has, and cuts it to so many, where the model's vocabulary is not known:
// the clients of servers use it, which refuse a prompt that is too long.
//
// [Loose] is right for nearly all prose. Where it is not the server says so, and [Strict] always fits.
package estimate

import "strings"

// A Rate is how many bytes a token is taken to have.
type Rate int

// English has 4 to 5 bytes a token, Chinese and Thai 3 to 5, code and numbers less; Loose fits nearly all prose. No token
// has less than one byte, so Strict always fits.
const (
	Loose  Rate = 3
	Strict Rate = 1
)

// Tokens returns how many tokens text is estimated to have.
func (r Rate) Tokens(text string) int { return (len(text) + int(r) - 1) / int(r) }

// Cut returns as much of text as is estimated to be limit tokens, and no part of a character.
func (r Rate) Cut(text string, limit int) string {
	if r.Tokens(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:max(limit, 0)*int(r)], "")
}
