package gguf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// sniffed is how many bytes notGGUF looks at.
const sniffed = 512

// notGGUF says what a file looks like instead, because a wrong download is the usual reason.
func notGGUF(first []byte, size int64) error {
	is := func(magic string) bool { return bytes.HasPrefix(first, []byte(magic)) }
	what := fmt.Sprintf("begins with %q", first[:min(len(first), 8)])
	switch {
	case size <= 0:
		what = "is empty: the download never began"
	case is("version https://git-lfs"):
		what = "is a Git LFS pointer: fetch the file that it stands for (git lfs pull)"
	case is("PK\x03\x04"):
		what = "is a zip archive (PyTorch weights are one, too)"
	case is("\x1f\x8b"):
		what = "is compressed with gzip: unpack it first"
	case is("lmgg"), is("tjgg"), is("fmgg"):
		what = "is in the GGML form that GGUF replaced in 2023: convert the model again"
	case len(first) > 8 && first[8] == '{' && binary.LittleEndian.Uint64(first) < uint64(size):
		what = "is in safetensors form"
	case isHTML(first):
		what = "is a web page: take the link that downloads the file itself"
	case isText(first):
		what = "is text"
	}
	return fmt.Errorf("not a GGUF file: it %s", what)
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
