package safetensors

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// header reads the JSON piece by piece, so that nothing is held that is not wanted, and keeps the first error. After one,
// every read yields zero.
type header struct {
	dec *json.Decoder
	err error
}

func (h *header) fail(format string, args ...any) {
	if h.err == nil {
		h.err = fmt.Errorf(format, args...)
	}
}

// next returns the next piece, or nil at the header's end and after an error.
func (h *header) next() json.Token {
	if h.err != nil {
		return nil
	}
	t, err := h.dec.Token()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it ends too early")
	}
	h.err = err
	return t
}

func (h *header) more() bool { return h.err == nil && h.dec.More() }

// delim reads a bracket.
func (h *header) delim(want json.Delim) {
	if got := h.next(); got != want {
		h.fail("it has %v where %v belongs", got, want)
	}
}

func (h *header) text() string {
	t := h.next()
	s, ok := t.(string)
	if !ok {
		h.fail("it has %v where a text belongs", t)
	}
	return s
}

// numbers reads a list of at most limit whole numbers, none of them negative.
func (h *header) numbers(limit int) []int64 {
	list := []int64{}
	for h.delim('['); h.more(); {
		t := h.next()
		number, _ := t.(json.Number)
		n, err := strconv.ParseUint(string(number), 10, 63)
		if err != nil {
			h.fail("it has %v where a whole number belongs", t)
		}
		if list = append(list, int64(n)); len(list) > limit {
			h.fail("it has a list of more than %d numbers", limit)
		}
	}
	h.delim(']')
	return list
}
