package corpus

import (
	"cmp"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/quern-search/quern/index"
)

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
