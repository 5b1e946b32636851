package gguf

import (
	"encoding/binary"
	"maps"
	"slices"
)

// Metadata returns all metadata, sorted by key, as [Write] takes it: what was read can be written again, with changes.
// Texts of arrays are the file's own slices: do not change them.
func (f *File) Metadata() []KV {
	list := make([]KV, 0, len(f.values))
	for _, key := range slices.Sorted(maps.Keys(f.values)) {
		list = append(list, KV{key, f.values[key].typed()})
	}
	return list
}

// typed returns v as the Go type that its kind is written from.
func (v value) typed() any {
	switch v.kind {
	case kindUint8:
		return numbers[uint8](v)
	case kindInt8:
		return numbers[int8](v)
	case kindUint16:
		return numbers[uint16](v)
	case kindInt16:
		return numbers[int16](v)
	case kindUint32:
		return numbers[uint32](v)
	case kindInt32:
		return numbers[int32](v)
	case kindUint64:
		return numbers[uint64](v)
	case kindInt64:
		return numbers[int64](v)
	case kindFloat32:
		return numbers[float32](v)
	case kindFloat64:
		return numbers[float64](v)
	case kindBool:
		return numbers[bool](v)
	}
	return oneOrAll(v, v.texts)
}

func numbers[T any](v value) any {
	list := make([]T, len(v.raw)/v.kind.size())
	if _, err := binary.Decode(v.raw, binary.LittleEndian, list); err != nil {
		panic("gguf: " + err.Error()) // raw has the length of list
	}
	return oneOrAll(v, list)
}

func oneOrAll[T any](v value, list []T) any {
	if v.array {
		return list
	}
	return list[0]
}
