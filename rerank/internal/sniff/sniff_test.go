package sniff_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank/internal/sniff"
)

func Example() {
	page := []byte("<!DOCTYPE html><title>404</title>")
	fmt.Println("the file", sniff.What(page, int64(len(page))))
	// Output: the file is a web page: take the link that downloads the file itself
}

func TestWhat(t *testing.T) {
	for first, want := range map[string]string{
		"":                                    "is empty",
		"Entry not found. Ünïcode, too":       "is text",
		"a character that is cut: \xe4\xb8":   "is text",
		"GG":                                  "is text",
		"version https://git-lfs.github.com/": "Git LFS pointer",
		"\n <HTML>":                           "web page",
		"\x0a\x00\x00\x00\x00\x00\x00\x00{\"a\":  {}} and more": "safetensors",
		"\xff\xff\x00\x00\x00\x00\x00\x00{\"":                   `begins with "\xff\xff`, // it would be longer than the file
		"GGUF\x03\x00\x00\x00":                                  "is a GGUF",
		"tjgg\x03\x00\x00\x00":                                  "GGML form",
		"PK\x03\x04....":                                        "zip archive",
		"\x1f\x8b......":                                        "gzip",
		"\x00\x01\x02\xff\xfe":                                  `begins with "\x00\x01\x02\xff\xfe"`,
	} {
		if got := sniff.What([]byte(first), int64(len(first))); !strings.Contains(got, want) {
			t.Errorf("%q %s, want %q", first, got, want)
		}
	}
}
