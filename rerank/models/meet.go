package models

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// meet makes sense of the head of an answer: what the file is now, and where in it the body begins. An error that another
// attempt may mend comes with an empty file.
func (d *download) meet(f *os.File, a *http.Response, said stated, have int64) (int64, error) {
	host := a.Request.URL.Host
	begin, total := int64(0), int64(-1)
	switch a.StatusCode {
	case http.StatusOK:
		total = a.ContentLength
	case http.StatusPartialContent:
		begin, total = contentRange(a.Header)
	}
	if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		return 0, &failure{err: fmt.Errorf("%s: %w", host, errPage)}
	}
	if encoding := a.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return 0, &failure{err: fmt.Errorf("%s sends the file compressed (%s), which was not asked for", host, encoding)}
	}
	same, err := d.learn(host, said, total, validator(a.Header))
	if err != nil {
		return 0, err
	}
	if begin != have || a.StatusCode == http.StatusRequestedRangeNotSatisfiable || have > 0 && !same {
		if have > 0 {
			d.note(d.why(host, same))
		}
		d.resumed = false
		if err := restart(f); err != nil {
			return 0, err
		}
		if begin != 0 || a.StatusCode != http.StatusOK { // this answer does not begin where the file does
			return 0, &failure{err: fmt.Errorf("%s sends another part of the file than it was asked for (status %d)", host, a.StatusCode), again: have > 0}
		}
	}
	if have = begin; d.state.Size > 0 {
		if err := d.room(d.state.Size - have); err != nil {
			return 0, err
		}
	}
	d.begun.Files[d.file.name] = d.state
	return have, d.remember()
}

// why says what there is to go on from no more.
func (d *download) why(host string, same bool) string {
	if same {
		return fmt.Sprintf("%s does not go on where it broke off: fetching %s anew", host, d.file.name)
	}
	return fmt.Sprintf("%s has changed at %s: fetching it anew", d.file.name, host)
}

// learn takes what an answer says of the file, and tells whether that is the same file as before. What contradicts what is
// known for certain is an error.
func (d *download) learn(host string, said stated, total int64, validator string) (same bool, err error) {
	known := d.file
	if said.commit != "" && d.remote.commit == "" {
		d.remote.commit = said.commit
	}
	if said.size >= 0 && total >= 0 && said.size != total {
		return false, &failure{err: fmt.Errorf("%s sends a file of %s, and %s says that it has %s", host, exactly(total), d.client.hub.Host, exactly(said.size)), again: true}
	}
	size := total
	if size < 0 {
		size = cmp.Or(max(said.size, 0), known.size)
	}
	switch {
	case known.sum.algorithm == "sha256" && said.sum.algorithm == "sha256" && said.sum != known.sum:
		return false, d.another(known, said.sum)
	case known.sum == (sum{}) && said.sum != (sum{}):
		known.sum, known.by = said.sum, d.client.hub.Host
	case known.size >= 0 && size >= 0 && known.size != size && known.sum != (sum{}):
		return false, &failure{err: fmt.Errorf("%s sends a file of %s, and it should have %s", host, exactly(size), exactly(known.size)), again: true}
	}
	if said.sum != (sum{}) {
		validator = "" // the hub's checksum tells better whether the file is the same, wherever it comes from
	}
	was := d.state
	same = was.Sum == known.sum.hex && (was.Size < 0 || size < 0 || was.Size == size) && (was.Validator == "" || was.Validator == validator)
	d.state = fileBegun{Size: size, Sum: known.sum.hex, Validator: validator}
	if d.total == 0 && len(d.remote.files) == 1 {
		d.total = max(size, 0)
	}
	return same, nil
}

func exactly(n int64) string { return fmt.Sprintf("%d bytes", n) }

// validator is what a server knows a version of the file by; empty where it has nothing that is exact.
func validator(h http.Header) string {
	if tag := h.Get("Etag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		return tag
	}
	return h.Get("Last-Modified")
}

// contentRange reads where a part begins, and how long all of the file is; -1 each where it is not told.
func contentRange(h http.Header) (begin, total int64) {
	span, length, _ := strings.Cut(strings.TrimPrefix(h.Get("Content-Range"), "bytes "), "/")
	first, _, _ := strings.Cut(span, "-")
	number := func(text string) int64 {
		n, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			return -1
		}
		return int64(n)
	}
	return number(first), number(length)
}
