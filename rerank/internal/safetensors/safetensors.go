// Package safetensors reads the file form in which Hugging Face publishes weights: eight bytes that give the length of a
// header, the header, which is a JSON object that says what each tensor is and where it lies, and the tensors' bytes.
//
// [Read] looks at the header only and checks it against the file's length before it allocates anything for what the header
// claims, so that a damaged or hostile file costs an error and no memory. The bytes are then read through [File.Section].
// [Write] makes small files, for tests and for models made here.
//
// The format is described at https://huggingface.co/docs/safetensors. Read safetensors.go first, then header.go (what must
// hold) and pieces.go (how its JSON is read).
package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// A File is a safetensors file whose header is in memory and whose tensors are still on disk. It is safe for concurrent
// use as far as its reader is.
type File struct {
	Tensors []*Tensor // in the order in which they lie in the file

	r io.ReaderAt
}

// A Tensor is an entry of the header: what is stored where.
type Tensor struct {
	Name   string
	DType  string // how a number is stored, such as "F32", "F16" or "BF16", little-endian
	Shape  []int  // outermost first; numbers of the last dimension lie side by side
	Offset int64  // of its first byte in the file
	Size   int64  // in bytes
}

// Section returns where a tensor is stored.
func (f *File) Section(t *Tensor) *io.SectionReader {
	return io.NewSectionReader(f.r, t.Offset, t.Size)
}

// bits is how much a number of each type takes, for all types that the format has had.
var bits = map[string]uint64{
	"BOOL": 8, "U8": 8, "I8": 8, "U16": 16, "I16": 16, "U32": 32, "I32": 32, "U64": 64, "I64": 64,
	"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
	"F16": 16, "BF16": 16, "F32": 32, "F64": 64, "C64": 64,
}

// TensorData is a tensor to write.
type TensorData struct {
	Name  string
	DType string
	Shape []int
	Data  []byte // as it will be stored
}

// Write writes a file with the tensors in the order given, and a header that says "pt" is their framework, as files by
// PyTorch have it. The same input gives the same bytes.
func Write(w io.Writer, tensors []TensorData) error {
	var b strings.Builder
	b.WriteString(`{"__metadata__":{"format":"pt"}`)
	at := 0
	for _, t := range tensors {
		if _, known := bits[t.DType]; !known {
			return fmt.Errorf("safetensors: tensor %q: there is no type %q", t.Name, t.DType)
		}
		name, err := json.Marshal(t.Name)
		if err != nil {
			return fmt.Errorf("safetensors: %w", err)
		}
		shape, err := json.Marshal(append([]int{}, t.Shape...)) // a scalar's is [], not null
		if err != nil {
			return fmt.Errorf("safetensors: %w", err)
		}
		fmt.Fprintf(&b, `,%s:{"dtype":%q,"shape":%s,"data_offsets":[%d,%d]}`, name, t.DType, shape, at, at+len(t.Data))
		at += len(t.Data)
	}
	b.WriteString("}")
	for b.Len()%8 != 0 { // so that numbers begin where a machine likes to read them
		b.WriteByte(' ')
	}
	header := append(binary.LittleEndian.AppendUint64(nil, uint64(b.Len())), b.String()...)
	if _, err := w.Write(header); err != nil {
		return fmt.Errorf("safetensors: write header: %w", err)
	}
	for _, t := range tensors {
		if _, err := w.Write(t.Data); err != nil {
			return fmt.Errorf("safetensors: write tensor %q: %w", t.Name, err)
		}
	}
	return nil
}
