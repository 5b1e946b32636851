package qwen3

import (
	"bytes"
	"io"
	"runtime"
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

// allocated returns how many bytes a function allocates, all in all.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
