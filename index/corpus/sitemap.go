package corpus

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html/charset"
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
