package qwen3

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/quern-search/quern/rerank/internal/gguf"
	"github.com/quern-search/quern/rerank/internal/vocab"
	"github.com/quern-search/quern/rerank/qwen3/internal/kernel"
	"github.com/quern-search/quern/rerank/qwen3/internal/tensor"
)

// A source is an opened model, whatever form its files have: what they say of it, and where its tensors lie. Everything
// after it (the vocabulary, the weights, the engine) is the same for all forms. gguf.go makes one of a GGUF, folder.go of a
// folder of safetensors.
type source struct {
	shape   shape
	vocab   vocab.Source
	name    string              // what the model calls itself, or else its file or folder; may be empty
	blend   float64             // the weight of relevance that its card recommends; 0: none
	labels  []string            // what the rows of cls.output.weight stand for; nil: yes, then no, as converters write them
	tensors map[string]*stored  // by the names that GGUF has for them
	files   []*io.SectionReader // all bytes that the model is made of, for its fingerprint
	opened  []*os.File          // to be closed when the tensors have been read
}

// openSource opens the model at a path: a GGUF, or a folder of safetensors, which one of its files stands for, too.
func openSource(path string) (*source, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no such file: give the path of a GGUF, or of a folder of safetensors")
	}
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return readFolder(path)
	case filepath.Ext(path) == filepath.Ext(weightsFile) || filepath.Base(path) == indexFile:
		return readFolderOf(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s, err := readGGUF(f, info.Size())
	if err != nil {
		f.Close()
		return nil, err
	}
	s.opened = []*os.File{f}
	s.name = cmp.Or(s.name, strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)))
	return s, nil
}

func (s *source) close() {
	for _, f := range s.opened {
		f.Close() // it was read only: nothing can be lost
	}
}

// A stored tensor is one that lies in a file: rows x cols numbers, row by row.
type stored struct {
	name       string // in its file, for messages
	kind       gguf.Type
	rows, cols int
	data       *io.SectionReader
	refused    error // why it cannot be decoded, and what to take instead; nil if it can
}

// bytes reads the tensor as it is stored: rows of kind.RowSize(cols) bytes.
func (t *stored) bytes() ([]byte, error) {
	if t.data.Size() > math.MaxInt {
		return nil, fmt.Errorf("the tensor %q has %d bytes, more than this machine can address", t.name, t.data.Size())
	}
	b := make([]byte, t.data.Size())
	if err := gguf.ReadFull(b, t.data, 0); err != nil {
		return nil, fmt.Errorf("read the tensor %q: %w", t.name, err)
	}
	return b, nil
}

// float32 reads the tensor and decodes it.
func (t *stored) float32() ([]float32, error) {
	if t.refused != nil {
		return nil, t.refused
	}
	x, err := gguf.Numbers(t.data, t.kind)
	if err != nil {
		return nil, fmt.Errorf("read the tensor %q: %w", t.name, err)
	}
	return x, nil
}

// row reads and decodes one row.
func (t *stored) row(i int32) ([]float32, error) {
	raw, x := make([]byte, t.kind.RowSize(t.cols)), make([]float32, t.cols)
	if err := gguf.ReadFull(raw, t.data, int64(i)*int64(len(raw))); err != nil {
		return nil, fmt.Errorf("read the tensor %q: %w", t.name, err)
	}
	return x, gguf.Decode(x, t.kind, raw)
}

// form is how the tensor is held as a matrix by a Set of kernels.
func (t *stored) form(k kernel.Set) kernel.Form {
	switch {
	case t.kind.Blocked():
		return k.OfBlocks
	case t.kind == gguf.BF16 && t.cols%kernel.Block == 0:
		return k.OfBF16
	}
	return kernel.F32
}

// pack reads the tensor as a matrix of that form.
func (t *stored) pack(form kernel.Form) (m *tensor.Matrix, err error) {
	next := t.rowByRow()
	decoded := func(x []float32) error {
		row, err := next()
		if err != nil {
			return err
		}
		return gguf.Decode(x, t.kind, row)
	}
	switch form {
	case kernel.Q8:
		m, err = tensor.PackQ8(t.rows, t.cols, func(numbers []byte, scales []float32) error {
			row, err := next()
			if err != nil {
				return err
			}
			return gguf.Q8(numbers, scales, t.kind, row)
		})
	case kernel.BF16:
		m, err = tensor.PackBF16(t.rows, t.cols, decoded)
	case kernel.Int8:
		m, err = tensor.PackInt8(t.rows, t.cols, decoded)
	default:
		w, err := t.float32()
		if err != nil {
			return nil, err
		}
		return tensor.Pack(w, t.rows, t.cols)
	}
	if err != nil {
		return nil, fmt.Errorf("read the tensor %q: %w", t.name, err)
	}
	return m, nil
}

// packBytes is how much of a tensor is read at once as it is packed, so that reading a large one does not take its size twice.
const packBytes = 128 << 10

// rowByRow returns a function that reads one row of the tensor after the other, as it is stored.
func (t *stored) rowByRow() func() ([]byte, error) {
	size := t.kind.RowSize(t.cols)
	var buf, unread []byte
	at := int64(0)
	return func() ([]byte, error) {
		if len(unread) == 0 {
			if buf == nil {
				buf = make([]byte, max(1, packBytes/size)*size)
			}
			unread = buf[:min(int64(len(buf)), t.data.Size()-at)]
			if err := gguf.ReadFull(unread, t.data, at); err != nil {
				return nil, err
			}
			at += int64(len(unread))
		}
		row := unread[:size]
		unread = unread[size:]
		return row, nil
	}
}
