// Package gguf reads GGUF, the file form in which llama.cpp and Ollama keep models: a header, metadata (key and typed
// value), a table of tensors, and the tensors' numbers, each at an aligned offset. Versions 2 and 3, little-endian.
//
// [Read] looks at everything but the numbers and checks it against the file's length before it allocates anything, so
// that a damaged or hostile file costs an error and no memory. [File.Section] and [File.Float32] then read one tensor.
// [Write] makes small files, for tests and for models made here.
//
// The format is described at https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Read gguf.go first, then
// header.go (how the file is laid out), type.go (the number formats), decode.go (what they mean), and for those in blocks
// blocks.go, kblocks.go and iblocks.go.
package gguf

import (
	"errors"
	"fmt"
	"io"
	"math"
)

// A File is a GGUF file whose metadata and table of tensors are in memory and whose numbers are still on disk.
// It is safe for concurrent use as far as its reader is.
type File struct {
	Tensors []*Tensor // in the order of the file

	r      io.ReaderAt
	values map[string]value
	byName map[string]*Tensor
}

// A Tensor is an entry of the table: what is stored where.
type Tensor struct {
	Name   string
	Dims   []int // one to four, in GGML's order: Dims[0] is the length of a row
	Type   Type
	Offset int64 // of its first byte in the file
	Size   int64 // in bytes
}

// Cols returns the length of a row.
func (t *Tensor) Cols() int { return t.Dims[0] }

// Rows returns how many rows of Cols numbers there are: 1 for a vector.
func (t *Tensor) Rows() int {
	rows := 1
	for _, d := range t.Dims[1:] {
		rows *= d
	}
	return rows
}

// Decodable returns nil if Decode knows the tensor's type, or else an error that says what to take instead.
func (t *Tensor) Decodable() error {
	if t.Type.Readable() {
		return nil
	}
	return fmt.Errorf("gguf: tensor %q is %v, which is not read here: take the Q8_0 file of this model, or one in %s", t.Name, t.Type, readable)
}

// Tensor returns the tensor of that name.
func (f *File) Tensor(name string) (*Tensor, bool) {
	t, ok := f.byName[name]
	return t, ok
}

// Section returns where a tensor is stored: Rows() rows of Type.RowSize(Cols()) bytes.
func (f *File) Section(t *Tensor) *io.SectionReader {
	return io.NewSectionReader(f.r, t.Offset, t.Size)
}

// Float32 reads a tensor and decodes it to Rows()*Cols() numbers. It fails for types that Decode does not know.
func (f *File) Float32(t *Tensor) ([]float32, error) {
	if err := t.Decodable(); err != nil {
		return nil, err
	}
	x, err := Numbers(f.Section(t), t.Type)
	if err != nil {
		return nil, fmt.Errorf("gguf: read tensor %q: %w", t.Name, err)
	}
	return x, nil
}

// chunkBytes bounds the raw bytes that Numbers holds beside its result, so that reading a large tensor does not take
// its size twice.
const chunkBytes = 1 << 20

// Numbers reads and decodes all that is stored in a section, which holds whole blocks of a type that Decode knows.
func Numbers(in *io.SectionReader, t Type) ([]float32, error) {
	size, g := in.Size(), types[t]
	if !t.Readable() || size%int64(g.bytes) != 0 {
		return nil, fmt.Errorf("%d bytes of %v cannot be decoded", size, t)
	}
	count := size / int64(g.bytes) * int64(g.block)
	if count > math.MaxInt/4 {
		return nil, fmt.Errorf("it has %d numbers, more than this machine can address", count)
	}
	out := make([]float32, count)
	raw := make([]byte, min(size, int64(max(1, chunkBytes/g.bytes)*g.bytes)))
	for at, rest := int64(0), out; at < size; {
		raw = raw[:min(int64(len(raw)), size-at)]
		if err := ReadFull(raw, in, at); err != nil {
			return nil, err
		}
		n := len(raw) / g.bytes * g.block
		if err := Decode(rest[:n], t, raw); err != nil {
			return nil, err
		}
		at, rest = at+int64(len(raw)), rest[n:]
	}
	return out, nil
}

// ReadFull fills b from the given place. That the source ends before is an error, io.ErrUnexpectedEOF.
func ReadFull(b []byte, r io.ReaderAt, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil // a reader may report io.EOF together with the last bytes
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}
