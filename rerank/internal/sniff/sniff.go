// Package sniff says what a file looks like that is not what it was taken for. A wrong download is the usual reason: a web
// page, a Git LFS pointer, another of a model's many files. Readers of model files put it into their errors.
package sniff

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Size is how many bytes of a file's beginning What wants to see; it takes fewer.
const Size = 512

// What completes the sentence "the file ...", from its first bytes and its whole size: "is text".
func What(first []byte, size int64) string {
	is := func(magic string) bool { return bytes.HasPrefix(first, []byte(magic)) }
	switch {
	case size <= 0:
		return "is empty: the download never began"
	case is("version https://git-lfs"):
		return "is a Git LFS pointer: fetch the file that it stands for (git lfs pull)"
	case is("PK\x03\x04"):
		return "is a zip archive (PyTorch weights are one, too)"
	case is("\x1f\x8b"):
		return "is compressed with gzip: unpack it first"
	case is("GGUF"):
		return "is a GGUF"
	case is("lmgg"), is("tjgg"), is("fmgg"):
		return "is in the GGML form that GGUF replaced in 2023: convert the model again"
	case len(first) > 8 && first[8] == '{' && binary.LittleEndian.Uint64(first) < uint64(size):
		return "is in safetensors form"
	case isHTML(first):
		return "is a web page: take the link that downloads the file itself"
	case isText(first):
		return "is text"
	}
	return fmt.Sprintf("begins with %q", first[:min(len(first), 8)])
}

func isHTML(b []byte) bool {
	b = bytes.ToLower(bytes.TrimSpace(b))
	return bytes.HasPrefix(b, []byte("<!doctype html")) || bytes.HasPrefix(b, []byte("<html"))
}

// isText accepts UTF-8 without control characters, whose last character may be cut.
func isText(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n <= 1 {
			return len(b) < utf8.UTFMax && !utf8.FullRune(b)
		}
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return false
		}
		b = b[n:]
	}
	return true
}
