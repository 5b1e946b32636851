package models

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"
)

// maxName bounds the bytes of a model's name and of a file's: file systems take 255, and the store adds to them.
const maxName = 200

// CheckName says what is wrong with the name of a model in a store. A good one has lower-case letters, digits, and ".",
// "_", "-" between them; so it is a file's name on every system, never a path, and never taken for a URL.
func CheckName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("the name is empty")
	case len(name) > maxName:
		return fmt.Errorf("the name %.20q... has more than %d bytes", name, maxName)
	case strings.ToLower(name) != name || !isPlain(name) || !filepath.IsLocal(name):
		return fmt.Errorf(`the name %q has more than lower-case letters, digits, and ".", "_", "-" between them`, name)
	case strings.HasSuffix(name, ".gguf"):
		return fmt.Errorf(`the name %q looks like that of a file: leave out ".gguf"`, name)
	}
	return nil
}

// isPlain tells letters, digits, ".", "_" and "-", with a letter or a digit at both ends.
func isPlain(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && (!strings.ContainsRune("._-", rune(s[i])) || i == 0 || i == len(s)-1) {
			return false
		}
	}
	return s != ""
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// nameOf makes the name of a model from that of its file or repository; empty where nothing of it can be in one.
func nameOf(file string) string {
	stem := path.Base(file)
	if strings.EqualFold(path.Ext(stem), ".gguf") {
		stem = stem[:len(stem)-len(".gguf")]
	}
	clean := strings.Map(func(r rune) rune {
		if r < 0x80 && isAlphanumeric(byte(r)) || strings.ContainsRune("._-", r) {
			return r
		}
		return '-'
	}, strings.ToLower(stem))
	clean = strings.Trim(clean[:min(len(clean), maxName)], "._-")
	if CheckName(clean) != nil {
		return ""
	}
	return clean
}
