package gguf

import (
	"encoding/binary"
	"fmt"
	"io"
	"reflect"
)

// A KV is a metadata entry. Value is a string, bool, integer of 8 to 64 bits, float32 or float64, or a slice of one of
// them.
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
	if !t.Type.writable() || t.Type.RowSize(t.Dims[0]) == 0 {
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
	case []string:
		b = appendArray(b, kindString, len(v))
		for _, s := range v {
			b = appendText(b, s)
		}
		return b, nil
	}
	t, slice := reflect.TypeOf(v), false
	if t != nil && t.Kind() == reflect.Slice {
		t, slice = t.Elem(), true
	}
	k, known := kindOf(t)
	switch {
	case !known:
		return nil, fmt.Errorf("a value of type %T cannot be written", v)
	case slice:
		b = appendArray(b, k, reflect.ValueOf(v).Len())
	default:
		b = binary.LittleEndian.AppendUint32(b, uint32(k))
	}
	return binary.Append(b, binary.LittleEndian, v)
}

func appendArray(b []byte, k kind, n int) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(kindArray))
	b = binary.LittleEndian.AppendUint32(b, uint32(k))
	return binary.LittleEndian.AppendUint64(b, uint64(n))
}

// kindOf returns the kind that numbers and bools of a Go type are written as.
func kindOf(t reflect.Type) (kind, bool) {
	if t == nil {
		return 0, false
	}
	k, ok := map[reflect.Kind]kind{
		reflect.Uint8: kindUint8, reflect.Int8: kindInt8, reflect.Uint16: kindUint16, reflect.Int16: kindInt16,
		reflect.Uint32: kindUint32, reflect.Int32: kindInt32, reflect.Uint64: kindUint64, reflect.Int64: kindInt64,
		reflect.Float32: kindFloat32, reflect.Float64: kindFloat64, reflect.Bool: kindBool,
	}[t.Kind()]
	return k, ok
}
