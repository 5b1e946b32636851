package gguf

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// reader reads the fields of a header and keeps the first error; after one, every read yields zero.
type reader struct {
	in   *bufio.Reader
	at   int64 // bytes read
	size int64 // of the file
	err  error
	buf  []byte
}

func (in *reader) fail(format string, args ...any) {
	if in.err == nil {
		in.err = fmt.Errorf(format, args...)
	}
}

// bound checks a count of things that take at least each bytes, before anything is allocated for them.
func (in *reader) bound(what string, n, limit, each uint64) bool {
	left := uint64(in.size - in.at)
	switch {
	case in.err != nil:
	case n > limit:
		in.fail("the file claims %d %s at byte %d: it is damaged", n, what, in.at)
	case n*each > left:
		in.fail("the file claims %d %s at byte %d but ends %d bytes later: the download is incomplete", n, what, in.at, left)
	}
	return in.err == nil
}

// fixed reads n bytes, which stay valid until the next read. The caller has bounded n.
func (in *reader) fixed(n int) []byte {
	in.buf = slices.Grow(in.buf[:0], n)[:n]
	if in.err == nil {
		read, err := io.ReadFull(in.in, in.buf)
		in.at += int64(read)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("the file ends inside its header, at byte %d: the download is incomplete", in.at)
		}
		in.err = err
	}
	if in.err != nil {
		clear(in.buf)
	}
	return in.buf
}

func (in *reader) uint32() uint32 { return binary.LittleEndian.Uint32(in.fixed(4)) }
func (in *reader) uint64() uint64 { return binary.LittleEndian.Uint64(in.fixed(8)) }

func (in *reader) text(limit uint64) string {
	n := in.uint64()
	if !in.bound("bytes of text", n, limit, 1) {
		return ""
	}
	return string(in.fixed(int(n)))
}

func (in *reader) value(k kind, key string) value {
	switch {
	case in.err != nil:
	case k == kindString:
		return value{kind: k, texts: []string{in.text(maxText)}}
	case k.size() > 0:
		return value{kind: k, raw: bytes.Clone(in.fixed(k.size()))}
	case k == kindArray:
		return in.array(key)
	default:
		in.fail("the metadata value %q is of kind %d, which GGUF does not have: the file is damaged", key, k)
	}
	return value{}
}

func (in *reader) array(key string) value {
	k, n := kind(in.uint32()), in.uint64()
	switch {
	case in.err != nil:
	case k == kindArray:
		in.fail("the metadata value %q is an array of arrays, which is not read here: convert the model again without it", key)
	case k == kindString:
		if in.bound("strings", n, maxElements, 8) {
			return value{kind: k, array: true, texts: in.texts(int(n))}
		}
	case k.size() > 0:
		if in.bound("numbers", n, maxElements, uint64(k.size())) {
			return value{kind: k, array: true, raw: bytes.Clone(in.fixed(int(n) * k.size()))}
		}
	default:
		in.fail("the metadata value %q is an array of kind %d, which GGUF does not have: the file is damaged", key, k)
	}
	return value{}
}

// texts reads n strings into one piece of memory: a tokenizer has hundreds of thousands.
func (in *reader) texts(n int) []string {
	var all []byte
	ends := make([]int, 0, n)
	for range n {
		length := in.uint64()
		if !in.bound("bytes of text", length, maxText, 1) {
			return nil
		}
		all = append(all, in.fixed(int(length))...)
		ends = append(ends, len(all))
	}
	if in.err != nil {
		return nil
	}
	text, begin, out := string(all), 0, make([]string, n)
	for i, end := range ends {
		out[i], begin = text[begin:end], end
	}
	return out
}
