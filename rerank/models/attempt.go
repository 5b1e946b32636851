package models

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// attempt asks for what is missing of the file, and appends what comes, which it returns the length of. Bytes that came
// before are gone on from if they are of the same file: by the checksum that the hub states for it each time, or else as
// the server finds by the ETag or the date that it gave them. What it returns are the bytes by which the file is longer than
// it ever was, so that a server that begins anew each time is given up at last.
func (d *download) attempt(ctx context.Context) (came int64, err error) {
	f, err := os.OpenFile(d.path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return 0, err
	}
	defer func() { err = cmp.Or(err, f.Close()) }()
	have, err := d.have(f)
	if err != nil {
		return 0, err
	}
	if have > 0 && have == d.state.Size { // only a look at it is missing
		if d.file.sum == (sum{}) {
			d.file.sum, d.file.by = sumOf(d.state.Sum), d.client.hub.Host
		}
		return 0, nil
	}
	ctx, w, cancel := d.client.watched(ctx)
	defer cancel()
	a, said, err := d.client.get(ctx, d.file.url, d.ask(have))
	if err != nil {
		return 0, err
	}
	w.alive()
	if a.StatusCode != http.StatusOK && a.StatusCode != http.StatusPartialContent && a.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		return 0, d.notThere(ctx, d.client.refused(a, d.src))
	}
	defer a.Body.Close()
	if have, err = d.meet(f, a, said, have); err != nil {
		return 0, err
	}
	d.resumed = d.resumed || have > 0
	came, err = d.copy(f, a, w, have)
	farther := max(have+came-d.farthest, 0)
	d.farthest += farther
	return farther, errors.Join(err, f.Sync())
}

// have is how many bytes to go on from. Without anything to know them by they are of no use, nor are too many.
func (d *download) have(f *os.File) (int64, error) {
	n, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	if n > 0 && (d.state.Sum == "" && d.state.Validator == "" || d.state.Size >= 0 && n > d.state.Size) {
		return 0, restart(f)
	}
	return n, nil
}

func restart(f *os.File) error {
	_, err := f.Seek(0, io.SeekStart)
	return errors.Join(err, f.Truncate(0))
}

// ask is the header of a request for what comes after the first bytes.
func (d *download) ask(have int64) http.Header {
	h := http.Header{}
	if have > 0 {
		h.Set("Range", fmt.Sprintf("bytes=%d-", have))
		if d.state.Validator != "" {
			h.Set("If-Range", d.state.Validator)
		}
	}
	return h
}

// maxFile bounds the bytes of a file whose length nobody tells: four times the largest there is, the 8B in F32.
const maxFile = 128 << 30

// copy appends the body to the file, and returns how much of it came.
func (d *download) copy(f *os.File, a *http.Response, w *watch, have int64) (came int64, err error) {
	host, known := a.Request.URL.Host, d.state.Size >= 0
	limit := int64(maxFile)
	if known {
		limit = d.state.Size
	}
	body := bufio.NewReaderSize(io.LimitReader(a.Body, limit-have+1), 256<<10)
	w.alive()
	if have == 0 {
		first, err := body.Peek(sniffed)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, d.client.lost(a.Request.Context(), a.Request.URL, err)
		}
		if err := d.sniff(first); err != nil {
			return 0, fmt.Errorf("%s: %w", host, err)
		}
	}
	buf := make([]byte, 256<<10)
	for {
		w.alive() // the time that the disk took is not the server's
		n, err := body.Read(buf)
		if came+int64(n) > limit-have {
			return came, &failure{err: fmt.Errorf("%s sends more than the %s that the file has", host, exactly(limit))}
		}
		if n > 0 {
			if _, err := f.Write(buf[:n]); err != nil {
				return came, err
			}
			came += int64(n)
			d.progress(Progress{Done: d.done + have + came, Total: d.total})
		}
		switch {
		case errors.Is(err, io.EOF) && known && have+came < limit:
			return came, &failure{err: fmt.Errorf("%s sent %s, and then no more: it has %s", host, exactly(have+came), exactly(limit)), again: true}
		case errors.Is(err, io.EOF):
			return came, nil
		case err != nil:
			return came, d.client.lost(a.Request.Context(), a.Request.URL, err)
		}
	}
}

// notThere adds to a refusal, if it is about the file, which files the repository has.
func (d *download) notThere(ctx context.Context, f *failure) error {
	if d.src.File == "" || !strings.HasSuffix(f.Error(), fmt.Sprintf("has no file %q", d.src.File)) {
		return f
	}
	if l, err := d.list(ctx); err == nil {
		f.err = fmt.Errorf("%w: %s", f.err, l.offer(d.src))
	}
	return f
}
