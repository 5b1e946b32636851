// Package checksum reads files to their end to see that they are what they should be.
package checksum

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
)

// Of returns a file's SHA-256, in hexadecimal. It ends early with ctx.
func Of(ctx context.Context, path string) (string, error) {
	sums, err := of(ctx, path, false)
	return sums[0], err
}

// WithBlob returns a file's SHA-256 and the name that git gives its content: the SHA-1 of "blob", the length and the content.
// Hugging Face states the one or the other.
func WithBlob(ctx context.Context, path string) (sha256, blob string, err error) {
	sums, err := of(ctx, path, true)
	return sums[0], sums[1], err
}

func of(ctx context.Context, path string, blob bool) (sums [2]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sums, err
	}
	defer f.Close()
	hashes := []hash.Hash{sha256.New()}
	to := io.Writer(hashes[0])
	if blob {
		info, err := f.Stat()
		if err != nil {
			return sums, err
		}
		hashes = append(hashes, sha1.New())
		fmt.Fprintf(hashes[1], "blob %d\x00", info.Size())
		to = io.MultiWriter(hashes[0], hashes[1])
	}
	if _, err := io.CopyBuffer(to, reader{ctx, f}, make([]byte, 1<<20)); err != nil {
		return sums, err
	}
	for i, h := range hashes {
		sums[i] = hex.EncodeToString(h.Sum(nil))
	}
	return sums, nil
}

// reader ends with a context.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
