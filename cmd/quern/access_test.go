package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestParseKeys(t *testing.T) {
	for text, want := range map[string][]string{
		"":               nil,
		" \n":            nil,
		"one":            {"one"},
		"one,two":        {"one", "two"},
		" one , t.w-o\n": {"one", "t.w-o"},
		"a=b:c/d+e~f_g":  {"a=b:c/d+e~f_g"},
	} {
		if got, err := parseKeys(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %d keys, error %v", text, len(got), err)
		}
	}
}

// A mistake is told by its place: the keys are secrets, the wrong ones too.
func TestParseKeysRefuses(t *testing.T) {
	for text, want := range map[string]string{
		",":              "QUERN_API_KEYS: key 1 is empty",
		"sesame,":        "QUERN_API_KEYS: key 2 is empty",
		"a,sesame two":   "QUERN_API_KEYS: key 2 has a character that clients cannot send",
		"sésame":         "QUERN_API_KEYS: key 1 has a character that clients cannot send",
		"sesame\x00":     "QUERN_API_KEYS: key 1 has a character that clients cannot send",
		"sesame\nsesame": "QUERN_API_KEYS: key 1 has a character that clients cannot send",
	} {
		keys, err := parseKeys(text)
		var usage usageError
		if keys != nil || !errors.As(err, &usage) || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "same") {
			t.Errorf("%q: %d keys, error %v", text, len(keys), err)
		}
	}
}
