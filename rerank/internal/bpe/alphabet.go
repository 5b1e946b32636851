package bpe

import "strings"

// alphabet writes each byte as a printable character, so that a vocabulary of byte sequences can be kept as text:
// printable Latin-1 characters stand for themselves, and the other 68 bytes, in order, for U+0100 and up.
// A space is Ġ, a line feed Ċ. (Radford et al. 2019, GPT-2; every byte-level BPE vocabulary is written this way.)
var alphabet = func() (letters [256]string) {
	next := rune(0x100)
	for b := range letters {
		r := rune(b)
		if !('!' <= r && r <= '~' || 0xa1 <= r && r <= 0xac || 0xae <= r && r <= 0xff) {
			r, next = next, next+1
		}
		letters[b] = string(r)
	}
	return letters
}()

// decodeAlphabet returns the bytes that a token stands for, and whether all of it is in the alphabet.
func decodeAlphabet(token string) (string, bool) {
	var b strings.Builder
	b.Grow(len(token))
	for _, r := range token {
		c, ok := decodeLetter(r)
		if !ok {
			return "", false
		}
		b.WriteByte(c)
	}
	return b.String(), true
}

// decodeLetter is the inverse of alphabet.
func decodeLetter(r rune) (byte, bool) {
	switch {
	case '!' <= r && r <= '~', 0xa1 <= r && r <= 0xac, 0xae <= r && r <= 0xff:
		return byte(r), true
	case 0x100 <= r && r < 0x121: // bytes 0x00 to 0x20
		return byte(r - 0x100), true
	case 0x121 <= r && r < 0x143: // 0x7f to 0xa0
		return byte(r - 0x121 + 0x7f), true
	case r == 0x143:
		return 0xad, true
	}
	return 0, false
}
