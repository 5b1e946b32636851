package gguf

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"

	"github.com/quern-search/quern/rerank/internal/sniff"
)

// Bounds on what a header may claim. All are far above any real model, whose metadata is mostly the two lists of the
// tokenizer: about 150,000 tokens and as many merges.
const (
	maxKeys          = 1 << 16
	maxTensors       = 1 << 16
	maxElements      = 1 << 24 // of an array
	maxName          = 1<<16 - 1
	maxText          = 1 << 24 // bytes of one string
	maxDims          = 4       // GGML_MAX_DIMS
	maxAlignment     = 1 << 16
	defaultAlignment = 32 // where general.alignment is missing
)

// Read reads the header, the metadata and the table of tensors of a file of the given size, and checks that the file
// holds every tensor. The numbers stay in r, which must remain open while the File is used.
func Read(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, values: map[string]value{}, byName: map[string]*Tensor{}}
	in := &reader{in: bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 1<<16), size: size}
	keys, tensors, err := in.start()
	if err != nil {
		return nil, fmt.Errorf("gguf: %w", err)
	}
	f.readValues(in, keys)
	f.readTensors(in, tensors)
	if in.err != nil {
		return nil, fmt.Errorf("gguf: %w", in.err)
	}
	if err := f.place(in.at, size); err != nil {
		return nil, fmt.Errorf("gguf: %w", err)
	}
	return f, nil
}

// start reads the fixed part: "GGUF", version, number of tensors, number of keys.
func (in *reader) start() (keys, tensors uint64, err error) {
	first, err := in.in.Peek(int(max(0, min(in.size, sniff.Size))))
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, 0, err
	}
	if !bytes.HasPrefix(first, []byte("GGUF")) {
		return 0, 0, fmt.Errorf("not a GGUF file: it %s", sniff.What(first, in.size))
	}
	in.fixed(4)
	switch version := in.uint32(); {
	case in.err != nil:
	case version == 2 || version == 3:
	case version != 0 && version<<8 == 0: // a small number, seen from the other end
		return 0, 0, errors.New("the file is a big-endian GGUF: take the little-endian one")
	default:
		return 0, 0, fmt.Errorf("the file is GGUF version %d: versions 2 and 3 can be read: convert the model again", version)
	}
	tensors, keys = in.uint64(), in.uint64()
	in.bound("tensors", tensors, maxTensors, 24)
	in.bound("metadata keys", keys, maxKeys, 13)
	return keys, tensors, in.err
}

func (f *File) readValues(in *reader, keys uint64) {
	for range keys {
		key := in.text(maxName)
		v := in.value(kind(in.uint32()), key)
		if _, twice := f.values[key]; twice {
			in.fail("the metadata has %q twice: the file is damaged", key)
		}
		if in.err != nil {
			return
		}
		f.values[key] = v
	}
}

func (f *File) readTensors(in *reader, tensors uint64) {
	for range tensors {
		t := in.tensor()
		if _, twice := f.byName[t.Name]; twice {
			in.fail("the file has tensor %q twice: it is damaged", t.Name)
		}
		if in.err != nil {
			return
		}
		f.Tensors = append(f.Tensors, t)
		f.byName[t.Name] = t
	}
}

// tensor reads an entry of the table. Its Offset is still relative to the start of the numbers.
func (in *reader) tensor() *Tensor {
	t := &Tensor{Name: in.text(maxName)}
	dims := in.uint32()
	if in.err == nil && (dims == 0 || dims > maxDims) {
		in.fail("tensor %q has %d dimensions, not 1 to %d: the file is damaged", t.Name, dims, maxDims)
		return t
	}
	elements := uint64(1)
	for range dims {
		d := in.uint64()
		high, low := bits.Mul64(elements, d)
		if in.err == nil && (d == 0 || high != 0 || low > math.MaxInt/8) {
			in.fail("tensor %q has impossible dimensions: the file is damaged", t.Name)
			return t
		}
		t.Dims, elements = append(t.Dims, int(d)), low
	}
	t.Type = Type(in.uint32())
	offset := in.uint64()
	if in.err != nil {
		return t
	}
	row := t.Type.RowSize(t.Cols())
	switch {
	case types[t.Type].block == 0:
		in.err = fmt.Errorf("tensor %q is %v, which is not known here: take the Q8_0 or F16 file of this model", t.Name, t.Type)
	case row == 0:
		in.fail("tensor %q has rows of %d, no multiple of the block of %v: the file is damaged", t.Name, t.Cols(), t.Type)
	case offset > math.MaxInt64/2:
		in.fail("tensor %q starts at %d: the file is damaged", t.Name, offset)
	}
	// No overflow: a row takes at most 8 bytes a number, and the numbers are at most MaxInt/8.
	t.Offset, t.Size = int64(offset), int64(row)*int64(t.Rows())
	return t
}

// place turns the offsets of the table into offsets in the file, which count from the first aligned byte after the
// table, and checks that tensors are aligned, apart, and inside the file.
func (f *File) place(table, size int64) error {
	alignment := int64(defaultAlignment)
	if _, stated := f.values["general.alignment"]; stated {
		a, _ := f.Uint("general.alignment")
		if bits.OnesCount64(a) != 1 || a > maxAlignment {
			return fmt.Errorf("general.alignment is %d, not a power of two up to %d: the file is damaged", a, maxAlignment)
		}
		alignment = int64(a)
	}
	start := (table + alignment - 1) / alignment * alignment
	end, last := start, ""
	ordered := slices.SortedStableFunc(slices.Values(f.Tensors), func(a, b *Tensor) int { return cmp.Compare(a.Offset, b.Offset) })
	for _, t := range ordered {
		if t.Offset%alignment != 0 {
			return fmt.Errorf("tensor %q starts at %d, no multiple of %d: the file is damaged", t.Name, t.Offset, alignment)
		}
		t.Offset += start
		if t.Offset < end {
			return fmt.Errorf("tensors %q and %q overlap: the file is damaged", last, t.Name)
		}
		if t.Size > math.MaxInt64-t.Offset {
			return fmt.Errorf("tensor %q has %d bytes: the file is damaged", t.Name, t.Size)
		}
		end, last = t.Offset+t.Size, t.Name
	}
	if len(f.Tensors) > 0 && end > size {
		return fmt.Errorf("the file ends at byte %d but its tensors need %d, %d more: the download is incomplete", size, end, end-size)
	}
	return nil
}
