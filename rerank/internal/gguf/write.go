package gguf

import (
	"encoding/binary"
	"fmt"
	"io"
)

// A KV is a metadata entry. Value is a string, bool, uint32, int32, uint64, int64, float32 or float64, or a slice of
// one of them other than bool.
type KV struct {
	Key   string
	Value any
}

// TensorData is a tensor to write: Dims in GGML's order (Dims[0] is the length of a row), their product of numbers, and
// the type to store them as (F32, F16, BF16 or Q8_0).
type TensorData struct {
	Name string
	Dims []int
	Type Type
	Data []float32
}

// Write writes a GGUF of version 3 with the entries in the order given. The same input gives the same bytes.
// Numbers are rounded to the nearest value of their type.
func Write(w io.Writer, kv []KV, tensors []TensorData) error {
	alignment := uint64(defaultAlignment)
	header := binary.LittleEndian.AppendUint32([]byte("GGUF"), 3)
	header = binary.LittleEndian.AppendUint64(header, uint64(len(tensors)))
	header = binary.LittleEndian.AppendUint64(header, uint64(len(kv)))
	for _, entry := range kv {
		var err error
		if header, err = appendValue(appendText(header, entry.Key), entry.Value); err != nil {
			return fmt.Errorf("gguf: write %q: %w", entry.Key, err)
		}
		if a, ok := entry.Value.(uint32); ok && entry.Key == "general.alignment" {
			alignment = uint64(max(1, a))
		}
	}
	offset := uint64(0)
	for _, t := range tensors {
		size, err := t.size()
		if err != nil {
			return err
		}
		header = binary.LittleEndian.AppendUint32(appendText(header, t.Name), uint32(len(t.Dims)))
		for _, d := range t.Dims {
			header = binary.LittleEndian.AppendUint64(header, uint64(d))
		}
		header = binary.LittleEndian.AppendUint32(header, uint32(t.Type))
		header = binary.LittleEndian.AppendUint64(header, offset)
		offset += padded(uint64(size), alignment)
	}
	if _, err := w.Write(pad(header, alignment)); err != nil {
		return fmt.Errorf("gguf: write header: %w", err)
	}
	for _, t := range tensors {
		if _, err := w.Write(pad(Encode(t.Type, t.Data), alignment)); err != nil {
			return fmt.Errorf("gguf: write tensor %q: %w", t.Name, err)
		}
	}
	return nil
}

// size checks a tensor and returns its bytes.
func (t TensorData) size() (int, error) {
	if len(t.Dims) == 0 || len(t.Dims) > maxDims {
		return 0, fmt.Errorf("gguf: tensor %q has %d dimensions, not 1 to %d", t.Name, len(t.Dims), maxDims)
	}
	count := 1
	for _, d := range t.Dims {
		count *= d
	}
	if count != len(t.Data) || count == 0 {
		return 0, fmt.Errorf("gguf: tensor %q has %d numbers, but dimensions %v", t.Name, len(t.Data), t.Dims)
	}
	if !t.Type.Readable() || t.Type.RowSize(t.Dims[0]) == 0 {
		return 0, fmt.Errorf("gguf: tensor %q: rows of %d cannot be written as %v", t.Name, t.Dims[0], t.Type)
	}
	return t.Type.RowSize(count), nil
}

func padded(n, alignment uint64) uint64 { return (n + alignment - 1) / alignment * alignment }

func pad(b []byte, alignment uint64) []byte {
	n := uint64(len(b))
	return append(b, make([]byte, padded(n, alignment)-n)...)
}

func appendText(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint64(b, uint64(len(s))), s...)
}

func appendValue(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return appendText(binary.LittleEndian.AppendUint32(b, uint32(kindString)), v), nil
	case bool:
		b = binary.LittleEndian.AppendUint32(b, uint32(kindBool))
		return binary.Append(b, binary.LittleEndian, v)
	case uint32, int32, uint64, int64, float32, float64:
		b = binary.LittleEndian.AppendUint32(b, uint32(kindOf(v)))
		return binary.Append(b, binary.LittleEndian, v)
	case []string:
		b = appendArray(b, kindString, len(v))
		for _, s := range v {
			b = appendText(b, s)
		}
		return b, nil
	case []uint32:
		return binary.Append(appendArray(b, kindUint32, len(v)), binary.LittleEndian, v)
	case []int32:
		return binary.Append(appendArray(b, kindInt32, len(v)), binary.LittleEndian, v)
	case []uint64:
		return binary.Append(appendArray(b, kindUint64, len(v)), binary.LittleEndian, v)
	case []int64:
		return binary.Append(appendArray(b, kindInt64, len(v)), binary.LittleEndian, v)
	case []float32:
		return binary.Append(appendArray(b, kindFloat32, len(v)), binary.LittleEndian, v)
	case []float64:
		return binary.Append(appendArray(b, kindFloat64, len(v)), binary.LittleEndian, v)
	}
	return nil, fmt.Errorf("a value of type %T cannot be written", v)
}

func appendArray(b []byte, k kind, n int) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(kindArray))
	b = binary.LittleEndian.AppendUint32(b, uint32(k))
	return binary.LittleEndian.AppendUint64(b, uint64(n))
}

func kindOf(v any) kind {
	switch v.(type) {
	case uint32:
		return kindUint32
	case int32:
		return kindInt32
	case uint64:
		return kindUint64
	case int64:
		return kindInt64
	case float32:
		return kindFloat32
	}
	return kindFloat64
}
