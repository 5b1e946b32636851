package corpus

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html/charset"

	"github.com/quern-search/quern/index"
)

// sitemapFile, at the top of a tree, says what addresses the pages below have.
const sitemapFile = "sitemap.xml"

// maxSitemap bounds a sitemap, which is kept in memory, and maxSitemaps the sitemaps that one may list: both as the
// protocol (sitemaps.org) has them.
const (
	maxSitemap  = 50 << 20
	maxSitemaps = 50_000
)

var errBigSitemap = fmt.Errorf("more than %d MiB: split it, as the protocol of sitemaps has it", maxSitemap>>20)

// isSitemap tells a sitemap by its name: sitemap.xml, sitemap-2.xml.gz.
func isSitemap(name string) bool {
	name = strings.ToLower(unpackedName(name))
	return strings.HasPrefix(name, "sitemap") && path.Ext(name) == ".xml"
}

// A listing is one entry of a sitemap: a page, or another sitemap.
type listing struct {
	file     string // the sitemap
	line     int
	url      *url.URL
	modified string // when the page last changed, as it stands there; may be empty
	sitemap  bool
}

// parseSitemap yields what a sitemap lists, and what in it is broken. Behind broken XML there is nothing to read.
func parseSitemap(r io.Reader, yield func(l listing, err error) bool) {
	dec := xml.NewDecoder(r)
	dec.CharsetReader = charset.NewReaderLabel
	for {
		token, err := dec.Token()
		if err == io.EOF {
			return
		}
		start, ok := token.(xml.StartElement)
		if err == nil && (!ok || start.Name.Local != "url" && start.Name.Local != "sitemap") {
			continue
		}
		l := listing{sitemap: start.Name.Local == "sitemap"}
		l.line, _ = dec.InputPos()
		var entry struct {
			Loc     string `xml:"loc"`
			LastMod string `xml:"lastmod"`
		}
		if err == nil {
			err = dec.DecodeElement(&entry, &start)
		}
		if err != nil {
			l.line, err = syntaxError(dec, err)
			yield(l, err)
			return
		}
		l.modified = strings.TrimSpace(entry.LastMod)
		l.url, err = pageURL(entry.Loc)
		if !yield(l, err) {
			return
		}
	}
}

func syntaxError(dec *xml.Decoder, err error) (line int, why error) {
	if syntax := (*xml.SyntaxError)(nil); errors.As(err, &syntax) {
		return syntax.Line, errors.New(syntax.Msg)
	}
	line, _ = dec.InputPos()
	return line, err
}

func pageURL(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%.200q is not the address of a page: begin it with https:// and the site's name", text)
	}
	return u, nil
}

// readSitemap finds the files of the pages that a sitemap lists, and those that it lists list. For strict, a page
// without a file is an error; else the sitemap may speak of a site that the tree is only part of.
func (w *walk) readSitemap(name string, strict bool) bool {
	all, ok := w.listings(name, strict, map[string]bool{})
	shared := sharedFolders(all)
	for _, l := range all {
		if !ok {
			return false
		}
		file, there := w.fileOf(l.url, shared)
		switch _, taken := w.pages[file]; {
		case there && !taken:
			w.pages[file] = l
		case !there && strict:
			ok = w.found(l.file)(l.line, index.Document{}, fmt.Errorf("%s has no file in the folder: put it there, or take it off the list", l.url))
		}
	}
	return ok
}

// listings are the pages of a sitemap and of those that it lists.
func (w *walk) listings(name string, strict bool, seen map[string]bool) (pages []listing, ok bool) {
	seen[name] = true
	found := w.found(name)
	f, err := openUnpacked(w.fsys, name)
	if err != nil {
		return nil, found(0, index.Document{}, err)
	}
	defer f.Close()
	var children []listing
	ok = true
	parseSitemap(&boundedReader{f, maxSitemap, errBigSitemap}, func(l listing, err error) bool {
		l.file = name
		switch {
		case err != nil:
			ok = found(l.line, index.Document{}, err)
		case l.sitemap:
			children = append(children, l)
		default:
			pages = append(pages, l)
		}
		return ok
	})
	for _, l := range children {
		child, there := w.sitemapOf(l.url)
		switch {
		case !ok || seen[child] || len(seen) > maxSitemaps:
		case there:
			var more []listing
			more, ok = w.listings(child, strict, seen)
			pages = append(pages, more...)
		case strict:
			ok = found(l.line, index.Document{}, fmt.Errorf("%s has no file in the folder: put it there, or take it off the list", l.url))
		}
	}
	return pages, ok
}

// sharedFolders is the number of folders that the paths of all pages begin with. The tree may be one of them.
func sharedFolders(pages []listing) int {
	var shared []string
	for i, l := range pages {
		folders := strings.Split(strings.TrimPrefix(l.url.Path, "/"), "/")
		folders = folders[:len(folders)-1]
		if i == 0 {
			shared = folders
		}
		n := 0
		for n < min(len(shared), len(folders)) && shared[n] == folders[n] {
			n++
		}
		shared = shared[:n]
	}
	return len(shared)
}

// fileOf finds the file of a page: at its path, or at that without the folders that all pages share.
func (w *walk) fileOf(page *url.URL, shared int) (string, bool) {
	name := strings.TrimPrefix(page.Path, "/")
	for range shared + 1 {
		for _, candidate := range filesOf(name) {
			if w.isFile(candidate) {
				return candidate, true
			}
		}
		_, name, _ = strings.Cut(name, "/")
	}
	return "", false
}

// filesOf lists the files that web servers and generators make a page of, the likeliest first.
func filesOf(page string) (names []string) {
	stem := strings.TrimSuffix(page, "/")
	if stem == page && stem != "" {
		names = append(names, page)
	}
	stem = strings.TrimSuffix(stem, ".html")
	for _, ext := range []string{".html", ".htm", ".md"} {
		names = append(names, path.Join(stem, "index"+ext), stem+ext)
	}
	return names
}

// sitemapOf finds the file of a sitemap that another lists.
func (w *walk) sitemapOf(u *url.URL) (string, bool) {
	name := strings.TrimPrefix(u.Path, "/")
	for name != "" && !w.isFile(name) {
		_, name, _ = strings.Cut(name, "/")
	}
	return name, name != ""
}

func (w *walk) isFile(name string) bool {
	if !fs.ValidPath(name) {
		return false
	}
	info, err := fs.Stat(w.fsys, name)
	return err == nil && info.Mode().IsRegular()
}

// listed adds what a sitemap says of the page in a file to what the page says itself.
func (w *walk) listed(d index.Document, name string) index.Document {
	l, ok := w.pages[name]
	if !ok {
		return d
	}
	d.URL = cmp.Or(d.URL, l.url.String())
	if _, told := d.Fields["lastmod"]; !told && l.modified != "" {
		if d.Fields == nil {
			d.Fields = map[string]any{}
		}
		d.Fields["lastmod"] = l.modified
	}
	return d
}
