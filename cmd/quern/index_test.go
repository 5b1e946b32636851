//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// An interrupt loses what is not put yet, and nothing else; the same command goes on from there. The corpus is a pipe,
// so that it is known how much of it is read: all that was written, but for what a pipe and a reader hold.
func TestIndexGoesOnAfterAnInterrupt(t *testing.T) {
	dir := t.TempDir()
	pipe, file, idx := filepath.Join(dir, "pipe.jsonl"), filepath.Join(dir, "file.jsonl"), filepath.Join(dir, "idx")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	const documents = 2*putDocs + putDocs/2
	var lines strings.Builder
	for i := range documents {
		fmt.Fprintf(&lines, "{\"_id\": \"%d\", \"text\": \"%s\"}\n", i, strings.Repeat("word ", 200))
	}
	check(t, os.WriteFile(file, []byte(lines.String()), 0o600))

	ctx, interrupt := context.WithCancel(t.Context())
	var stdout, stderr bytes.Buffer
	status := make(chan int)
	go func() {
		status <- run(ctx, nil, &stdout, &stderr, []string{"index", "--index", idx, "--corpus", pipe})
	}()
	w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	check(t, err)
	_, err = io.WriteString(w, lines.String()) // two batches are put before the third is read
	check(t, err)
	interrupt()
	check(t, w.Close())
	if got := <-status; got != exitFailure || stdout.Len() > 0 {
		t.Errorf("interrupted: status %d, %s", got, &stdout)
	}
	if want := "quern: 2000 new, 0 changed, 0 unchanged, 0 removed, 0 broken so far: the same command goes on from there\nquern: interrupted\n"; stderr.String() != want {
		t.Errorf("interrupted: %q, want %q", &stderr, want)
	}

	if got := run(t.Context(), nil, &stdout, &stderr, []string{"index", "--index", idx, "--corpus", file}); got != exitOK {
		t.Errorf("again: status %d, %s", got, &stderr)
	}
	if want := "500 new, 0 changed, 2000 unchanged, 0 removed, 0 broken; the index holds 2500 documents\n"; stdout.String() != want {
		t.Errorf("again: %q, want %q", &stdout, want)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
