package qwen3

import (
	"bytes"
	"io"
	"testing"
)

func openBytes(t testing.TB, data []byte, cfg Config) *Engine {
	t.Helper()
	e, err := New(bytes.NewReader(data), int64(len(data)), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// sourceOf reads a GGUF for the reference.
func sourceOf(t testing.TB, r io.ReaderAt, size int64) *source {
	t.Helper()
	src, err := readGGUF(r, size)
	if err != nil {
		t.Fatal(err)
	}
	return src
}
