package models

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// maxListing bounds what is read of a repository's list of files: one file takes some 300 bytes.
const maxListing = 16 << 20

// A remoteFile is one that is to be fetched.
type remoteFile struct {
	name string // in the store
	url  *url.URL
	size int64  // bytes; -1: the server will say
	sum  sum    // what it must have; may be none
	by   string // who stated sum
}

// A remoteModel is what a source turns out to be.
type remoteModel struct {
	name    string // by which it is known where it comes from
	commit  string
	licence string
	files   []remoteFile
}

// find finds out which files a source means. It asks the hub for a repository's list of them where the source does not
// name one.
func (p *pull) find(ctx context.Context) (remoteModel, error) {
	src := p.src
	by := ""
	if src.SHA256 != "" {
		by = p.vouch
	}
	one := remoteFile{size: -1, sum: sumOf(src.SHA256), by: by}
	switch {
	case src.File != "" && !strings.EqualFold(path.Ext(src.File), ".gguf"):
		return remoteModel{}, fmt.Errorf("%s is no GGUF: name one, or the whole repository of a safetensors model (hf:%s)", src.File, src.Repo)
	case src.Repo == "":
		one.name, one.url = ggufName(src.URL.Path), src.URL
		return remoteModel{name: src.name(), files: []remoteFile{one}}, nil
	case src.File != "":
		one.name, one.url = ggufName(src.File), p.client.fileURL(src, src.File)
		return remoteModel{name: src.name(), files: []remoteFile{one}}, nil
	}
	l, err := p.list(ctx)
	if err != nil {
		return remoteModel{}, err
	}
	m, err := l.choose(src)
	if err != nil {
		return remoteModel{}, err
	}
	pinned := src
	pinned.Revision = m.commit // the list was of that; a branch may go on meanwhile
	for i := range m.files {
		f := &m.files[i]
		f.url, f.by = p.client.fileURL(pinned, f.url.Path), p.client.hub.Host
		if one.sum != (sum{}) && f.sum != one.sum {
			return remoteModel{}, p.another(&remoteFile{name: f.name, sum: one.sum}, f.sum)
		}
	}
	return m, nil
}

// fileURL is where the hub has a file. The revision may be a branch with slashes in it, which are escaped.
func (c *client) fileURL(src Source, file string) *url.URL {
	revision := src.Revision
	if revision == "" {
		revision = mainName
	}
	return c.hubURL(slices.Concat(strings.Split(src.Repo, "/"), []string{"resolve", revision}, strings.Split(file, "/"))...)
}

// list asks the hub for the files of the source's repository.
func (p *pull) list(ctx context.Context) (l listing, err error) {
	revision := p.src.Revision
	if revision == "" {
		revision = mainName
	}
	u := p.client.hubURL(slices.Concat([]string{"api", "models"}, strings.Split(p.src.Repo, "/"), []string{"revision", revision})...)
	u.RawQuery = "blobs=true"
	err = p.client.persist(ctx, p.cfg.Pause, p.note, func(ctx context.Context) (int64, error) {
		data, err := p.client.read(ctx, u, p.src)
		if err != nil {
			return 0, err
		}
		if l, err = parseListing(data); err != nil {
			return 0, fmt.Errorf("%s: the list of files of %s cannot be read: %w", u.Host, p.src.Repo, err)
		}
		return 0, nil
	})
	return l, err
}

// read returns the whole of a short answer.
func (c *client) read(ctx context.Context, u *url.URL, src Source) ([]byte, error) {
	ctx, _, cancel := c.watched(ctx)
	defer cancel()
	a, _, err := c.get(ctx, u, http.Header{"Accept": {"application/json"}})
	if err != nil {
		return nil, err
	}
	if a.StatusCode != http.StatusOK {
		return nil, c.refused(a, src)
	}
	defer a.Body.Close()
	data, err := io.ReadAll(io.LimitReader(a.Body, maxListing+1))
	switch {
	case err != nil:
		return nil, c.lost(ctx, u, err)
	case len(data) > maxListing:
		return nil, &failure{err: fmt.Errorf("%s: the answer has more than %s", u.Host, Bytes(maxListing))}
	}
	return data, nil
}
