package corpus

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
)

// maxExpansion is how many times its size a compressed file may unpack to, once it is over expansionGrace. Text unpacks
// to 3 to 20 times, repetitive text to 100, while a bomb, made to fill memory and disks, needs 1,000 and more. The size
// alone says nothing: large corpora are read line by line.
const (
	maxExpansion   = 250
	expansionGrace = 64 << 20
)

// maxCompressionWindow is the memory, in bytes, that unpacking may take: what the strongest settings of xz (64 MiB) and
// zstd (128 MiB) need. A file can ask for 4 GiB in its first bytes.
const maxCompressionWindow = 128 << 20

var errBomb = fmt.Errorf("it unpacks to more than %d times its size: unpack it first if it is to be trusted", maxExpansion)

// unpackedName is a file's name without .gz, .xz or .zst.
func unpackedName(name string) string {
	switch ext := path.Ext(name); strings.ToLower(ext) {
	case ".gz", ".xz", ".zst":
		return strings.TrimSuffix(name, ext)
	}
	return name
}

// openUnpacked opens a file to read what is in it, compressed or not.
func openUnpacked(fsys fs.FS, name string) (io.ReadCloser, error) {
	f, err := fsys.Open(name)
	if err != nil || unpackedName(name) == name {
		return f, err
	}
	packed := &counter{r: f}
	r, err := unpack(packed, path.Ext(name))
	if err == io.EOF {
		err = io.ErrUnexpectedEOF // the file is empty, which no packer makes
	}
	if err != nil {
		return nil, errors.Join(unpackError(err), f.Close())
	}
	return &unpacked{r: r, packed: packed, file: f}, nil
}

func unpack(r io.Reader, ext string) (io.ReadCloser, error) {
	switch strings.ToLower(ext) {
	case ".gz":
		return gzip.NewReader(r)
	case ".xz":
		x, err := xz.NewReader(r, maxCompressionWindow)
		return io.NopCloser(x), err
	}
	// Without goroutines of its own: a corpus has many small files.
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxCompressionWindow))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

// unpackError tells what unpackers say from what the parsers of its content say.
func unpackError(err error) error { return fmt.Errorf("unpacking: %w", err) }

// An unpacked reads the content of a compressed file, and stops at a bomb.
type unpacked struct {
	r      io.ReadCloser
	packed *counter
	file   io.Closer
	n      int64 // bytes read
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	u.n += int64(n)
	switch {
	case u.n > expansionGrace && u.n > maxExpansion*u.packed.n:
		return 0, errBomb
	case err != nil && err != io.EOF:
		err = unpackError(err)
	}
	return n, err
}

func (u *unpacked) Close() error { return errors.Join(u.r.Close(), u.file.Close()) }

// A counter counts the bytes that pass.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
