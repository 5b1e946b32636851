package eval

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds a line of queries or qrels in bytes. It guards memory against a file that is something else.
const maxLine = 16 << 20

// maxWarnings bounds how many warnings of one file are kept in full: whoever has a thousand has read enough after these.
const maxWarnings = 100

// warnings collects what is wrong with the lines of one file.
type warnings struct {
	name string
	list []error
	more int // how many there are beyond maxWarnings
}

func (w *warnings) add(line int, err error) {
	if len(w.list) == maxWarnings {
		w.more++
		return
	}
	w.list = append(w.list, fmt.Errorf("eval: %s:%d: %w", w.name, line, err))
}

// all returns the warnings; the last one counts those that were not kept.
func (w *warnings) all() []error {
	if w.more == 0 {
		return w.list
	}
	return append(w.list, fmt.Errorf("eval: %s: %d more lines are wrong", w.name, w.more))
}

// eachLine gives every line that is not blank to use, with its number from 1 and without its line end, and collects
// the errors of use. Its own error is that of reading.
func eachLine(r io.Reader, name string, use func(line int, text []byte) error) ([]error, error) {
	w := warnings{name: name}
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, maxLine)
	line := 0
	for scanner.Scan() {
		line++
		text := scanner.Bytes()
		if line == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		if err := use(line, text); err != nil {
			w.add(line, err)
		}
	}
	err := scanner.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		err = fmt.Errorf("more than %d MiB in one line: is it a file of lines", maxLine>>20)
	}
	if err != nil {
		return w.all(), fmt.Errorf("eval: %s:%d: %w", name, line+1, err)
	}
	return w.all(), nil
}
