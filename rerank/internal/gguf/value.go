package gguf

import (
	"encoding/binary"
	"math"
)

// kind is the type of a metadata value, numbered as in the file.
type kind uint32

const (
	kindUint8 kind = iota
	kindInt8
	kindUint16
	kindInt16
	kindUint32
	kindInt32
	kindFloat32
	kindBool
	kindString
	kindArray
	kindUint64
	kindInt64
	kindFloat64
)

// size returns the bytes of a number or bool, or 0 for what has no fixed size.
func (k kind) size() int {
	switch k {
	case kindUint8, kindInt8, kindBool:
		return 1
	case kindUint16, kindInt16:
		return 2
	case kindUint32, kindInt32, kindFloat32:
		return 4
	case kindUint64, kindInt64, kindFloat64:
		return 8
	}
	return 0
}

// A value is one metadata value. Numbers and bools stay as the file's bytes until asked for; an array differs from a
// single value only in that it is one.
type value struct {
	kind  kind // of the value, or of each element
	array bool
	raw   []byte   // numbers and bools, little-endian
	texts []string // strings
}

// integer returns the i-th number of an integer kind, and whether it is one that int64 holds.
func (v value) integer(i int) (int64, bool) {
	b := v.raw[i*v.kind.size():]
	switch v.kind {
	case kindUint8:
		return int64(b[0]), true
	case kindInt8:
		return int64(int8(b[0])), true
	case kindUint16:
		return int64(binary.LittleEndian.Uint16(b)), true
	case kindInt16:
		return int64(int16(binary.LittleEndian.Uint16(b))), true
	case kindUint32:
		return int64(binary.LittleEndian.Uint32(b)), true
	case kindInt32:
		return int64(int32(binary.LittleEndian.Uint32(b))), true
	case kindUint64, kindInt64:
		n := binary.LittleEndian.Uint64(b)
		return int64(n), v.kind == kindInt64 || n <= math.MaxInt64
	}
	return 0, false
}

func (f *File) single(key string) (value, bool) {
	v, ok := f.values[key]
	return v, ok && !v.array
}

// String returns a text value. Like the other getters it reports false where the key is missing or holds another kind.
func (f *File) String(key string) (string, bool) {
	v, ok := f.single(key)
	if !ok || v.kind != kindString {
		return "", false
	}
	return v.texts[0], true
}

// Uint returns a value of any integer kind that is not negative.
func (f *File) Uint(key string) (uint64, bool) {
	v, ok := f.single(key)
	if !ok || v.kind.size() == 0 {
		return 0, false
	}
	if v.kind == kindUint64 {
		return binary.LittleEndian.Uint64(v.raw), true
	}
	n, ok := v.integer(0)
	if !ok || n < 0 {
		return 0, false
	}
	return uint64(n), true
}

// Float returns a value of either floating-point kind.
func (f *File) Float(key string) (float64, bool) {
	v, ok := f.single(key)
	switch {
	case ok && v.kind == kindFloat32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(v.raw))), true
	case ok && v.kind == kindFloat64:
		return math.Float64frombits(binary.LittleEndian.Uint64(v.raw)), true
	}
	return 0, false
}

// Bool returns a truth value.
func (f *File) Bool(key string) (value, ok bool) {
	v, ok := f.single(key)
	if !ok || v.kind != kindBool {
		return false, false
	}
	return v.raw[0] != 0, true
}

// Strings returns an array of texts, or nil where the key is missing or holds something else. It is the file's own
// slice: do not change it.
func (f *File) Strings(key string) []string {
	if v := f.values[key]; v.array && v.kind == kindString {
		return v.texts
	}
	return nil
}

// Ints returns an array of any integer kind as a new slice, or nil where the key is missing, holds something else, or
// has a number too large for an int.
func (f *File) Ints(key string) []int {
	v := f.values[key]
	if !v.array || v.kind.size() == 0 {
		return nil
	}
	out := make([]int, len(v.raw)/v.kind.size())
	for i := range out {
		n, ok := v.integer(i)
		if !ok || int64(int(n)) != n {
			return nil
		}
		out[i] = int(n)
	}
	return out
}
