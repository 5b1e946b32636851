package safetensors

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	mathbits "math/bits"
	"slices"

	"github.com/quern-search/quern/rerank/internal/sniff"
)

// Bounds on what a header may claim. That of the largest Qwen3-Reranker has 399 tensors in 50 kB.
const (
	maxHeader  = 100_000_000 // bytes; the format's own bound
	maxTensors = 1 << 16
	maxDims    = 16             // the format has no bound; a tensor of PyTorch has 64 at the most, a weight 5
	lengthSize = 8              // bytes of the header's length
	metadata   = "__metadata__" // the entry that is no tensor: texts by name
)

// Read reads the header of a file of the given size and checks that its tensors fill the rest of the file without gaps,
// as the format demands. The numbers stay in r, which must remain open while the File is used.
func Read(r io.ReaderAt, size int64) (*File, error) {
	length, err := headerLength(r, size)
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	h := &header{dec: json.NewDecoder(io.NewSectionReader(r, lengthSize, length))}
	h.dec.UseNumber()
	f := &File{r: r, Tensors: h.tensors()}
	if h.err != nil {
		return nil, fmt.Errorf("safetensors: the header is damaged: %w", h.err)
	}
	if err := f.place(lengthSize+length, size); err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	return f, nil
}

// headerLength reads the first eight bytes, and says what the file is instead if they are not those of this format.
func headerLength(r io.ReaderAt, size int64) (int64, error) {
	first := make([]byte, max(0, min(size, sniff.Size)))
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), first); err != nil {
		return 0, err
	}
	if len(first) <= lengthSize || first[lengthSize] != '{' {
		return 0, fmt.Errorf("not a safetensors file: it %s", sniff.What(first, size))
	}
	switch length := binary.LittleEndian.Uint64(first); {
	case length > maxHeader:
		return 0, fmt.Errorf("not a safetensors file: its header would have %d bytes", length)
	case length > uint64(size-lengthSize):
		return 0, fmt.Errorf("the file ends inside its header, which has %d bytes: the download is incomplete", length)
	default:
		return int64(length), nil
	}
}

// tensors reads the whole header. Offsets are still relative to its end.
func (h *header) tensors() []*Tensor {
	var list []*Tensor
	names := map[string]bool{}
	for h.delim('{'); h.more(); {
		name := h.text()
		if names[name] {
			h.fail("it has %q twice", name)
		}
		names[name] = true
		switch {
		case name == metadata:
			h.metadata()
		case len(list) == maxTensors:
			h.fail("it has more than %d tensors", maxTensors)
		default:
			list = append(list, h.tensor(name))
		}
	}
	h.delim('}')
	if h.err == nil {
		if _, err := h.dec.Token(); !errors.Is(err, io.EOF) {
			h.fail("something follows its end")
		}
	}
	return list
}

// metadata reads what nothing here needs: texts by name.
func (h *header) metadata() {
	for h.delim('{'); h.more(); {
		h.text()
		h.text()
	}
	h.delim('}')
}

// tensor reads an entry. Fields may come in any order, each once; others than these three the format does not have.
func (h *header) tensor(name string) *Tensor {
	t := &Tensor{Name: name}
	var shape, offsets []int64
	for h.delim('{'); h.more(); {
		switch field := h.text(); {
		case field == "dtype" && t.DType == "":
			t.DType = h.text()
		case field == "shape" && shape == nil:
			shape = h.numbers(maxDims)
		case field == "data_offsets" && offsets == nil:
			offsets = h.numbers(2)
		default:
			h.fail("tensor %q has an entry %q, or has it twice", name, field)
		}
	}
	h.delim('}')
	size, known := bits[t.DType]
	switch {
	case h.err != nil:
		return t
	case t.DType == "" || shape == nil || len(offsets) != 2:
		h.fail("tensor %q lacks its type, its shape or its place", name)
		return t
	case !known:
		h.fail("tensor %q is of type %q, which the format does not have", name, t.DType)
		return t
	}
	for _, d := range shape {
		high, low := mathbits.Mul64(size, uint64(d))
		if high != 0 || low > math.MaxInt64 || d > math.MaxInt {
			h.fail("tensor %q has impossible dimensions", name)
			return t
		}
		t.Shape, size = append(t.Shape, int(d)), low
	}
	t.Offset, t.Size = offsets[0], offsets[1]-offsets[0]
	if t.Size < 0 || size%8 != 0 || uint64(t.Size) != size/8 {
		h.fail("tensor %q lies at bytes %d to %d, but %s of shape %d take %d bits", name, offsets[0], offsets[1], t.DType, t.Shape, size)
	}
	return t
}

// place sorts tensors as they lie in the file, makes their offsets count from its beginning, and checks that they fill
// the file from the header's end on.
func (f *File) place(start, size int64) error {
	slices.SortStableFunc(f.Tensors, func(a, b *Tensor) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Size, b.Size))
	})
	end := int64(0)
	for _, t := range f.Tensors {
		if t.Offset != end {
			return fmt.Errorf("tensor %q begins at byte %d of the numbers, where the one before it ends at %d: the file is damaged", t.Name, t.Offset, end)
		}
		end += t.Size // no overflow: both are below the second offset, which is below 2^63
		t.Offset += start
	}
	switch have := size - start; {
	case end > have:
		return fmt.Errorf("the file has %d bytes of numbers but its tensors need %d, %d more: the download is incomplete", have, end, end-have)
	case end < have:
		return fmt.Errorf("the file has %d bytes that belong to no tensor: it is damaged", have-end)
	}
	return nil
}
