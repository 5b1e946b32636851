package main

import (
	"os"
	"path/filepath"
	"testing"
)

// What is committed is what gen writes now: nobody has edited it, and nobody has forgotten `go generate`.
func TestCommittedAssemblyIsWhatGenWrites(t *testing.T) {
	for name, text := range files() {
		committed, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Error(err)
		} else if string(committed) != text {
			t.Errorf("%s is not what gen writes: run go generate in package kernel", name)
		}
	}
}
