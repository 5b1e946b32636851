package checksum_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/quern-search/quern/rerank/internal/checksum"
)

// What sha256sum and git hash-object print of the same file.
func ExampleWithBlob() {
	dir, err := os.MkdirTemp("", "checksum")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("hello\n"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	sha256, blob, err := checksum.WithBlob(context.Background(), path)
	fmt.Println(sha256, blob, err)
	again, err := checksum.Of(context.Background(), path)
	fmt.Println(again == sha256, err)
	// Output:
	// 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03 ce013625030ba8dba906f756967f9e9ca394464a <nil>
	// true <nil>
}

func TestItEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := checksum.Of(ctx, os.Args[0]); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := checksum.Of(t.Context(), filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
