package main

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A secret that nobody gets to see is told to be lost: the key is in the file by then.
func TestSecretThatCannotBePrinted(t *testing.T) {
	closed, stdout := io.Pipe()
	closed.Close()
	var stderr strings.Builder
	got := run(t.Context(), nil, stdout, &stderr, []string{"keys", "add", "shop", "--keys", filepath.Join(t.TempDir(), "keys.json")})
	if got != exitFailure || !strings.Contains(stderr.String(), `the secret of "shop" cannot be printed, and is lost`) || !strings.Contains(stderr.String(), "quern keys revoke shop") {
		t.Errorf("exit status %d: %s", got, stderr.String())
	}
}

func TestParseEnd(t *testing.T) {
	now := time.Date(2026, 11, 26, 15, 4, 5, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":           {},
		"90d":        time.Date(2027, 2, 24, 15, 4, 5, 0, time.UTC),
		"12h":        time.Date(2026, 11, 27, 3, 4, 5, 0, time.UTC),
		"1h30m":      time.Date(2026, 11, 26, 16, 34, 5, 0, time.UTC),
		"2027-03-01": time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC),
		"999999999d": now.AddDate(0, 0, maxDays),
	} {
		if got, err := parseEnd(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"0d", "-1d", "d", "90", "1.5d", "2026-11-26", "2026-13-01", "tomorrow", "-12h", "99999999999999999999d"} {
		var usage usageError
		if got, err := parseEnd(text, now); !errors.As(err, &usage) {
			t.Errorf("%q: %v, %v; want a usage error", text, got, err)
		}
	}
}
