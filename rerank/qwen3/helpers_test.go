package qwen3

import (
	"bytes"
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
