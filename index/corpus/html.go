package corpus

import (
	"bytes"
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"github.com/quern-search/quern/index"
)

// parseHTML takes the main content of a page as plain text (see textWriter), its title, its canonical URL, and, as
// Fields, language and description.
func parseHTML(text []byte) (index.Document, error) {
	doc, err := html.Parse(bytes.NewReader(withoutBOM(text)))
	if err != nil {
		return index.Document{}, err // nested too deep
	}
	h, p := readHead(doc), mainText(doc)
	d := index.Document{URL: h.canonical}
	d.Title, d.Body, d.Headings = takeHeading(withoutSite(h.title, p.heading()), p)
	for name, value := range map[string]string{"lang": h.lang, "description": h.description} {
		if value != "" && d.Fields == nil {
			d.Fields = map[string]any{}
		}
		if value != "" {
			d.Fields[name] = value
		}
	}
	return d, nil
}

// decodeHTML converts a page from the encoding that it declares; without a word of it, from the one that browsers take.
func decodeHTML(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	encoding, name, _ := charset.DetermineEncoding(text, "")
	if name == "utf-8" {
		return text // it is broken
	}
	decoded, err := encoding.NewDecoder().Bytes(text)
	if err != nil {
		return text
	}
	return decoded
}

// A head is what a page says of itself.
type head struct {
	title, canonical, lang, description string
}

func readHead(doc *html.Node) (h head) {
	var otherTitle, otherURL string
	for n := range doc.Descendants() {
		content := oneLine(attr(n, "content"))
		switch {
		case n.DataAtom == atom.Html:
			h.lang = cmp.Or(h.lang, attr(n, "lang"))
		case n.DataAtom == atom.Title && n.Namespace == "": // pictures in SVG have titles too
			h.title = cmp.Or(h.title, oneLine(nodeText(n)))
		case n.DataAtom == atom.Link && slices.Contains(strings.Fields(strings.ToLower(attr(n, "rel"))), "canonical"):
			h.canonical = cmp.Or(h.canonical, webAddress(attr(n, "href")))
		case n.DataAtom != atom.Meta:
		case strings.EqualFold(attr(n, "name"), "description"):
			h.description = cmp.Or(h.description, content)
		case attr(n, "property") == "og:title":
			otherTitle = cmp.Or(otherTitle, content)
		case attr(n, "property") == "og:url":
			otherURL = cmp.Or(otherURL, webAddress(content))
		}
	}
	h.title, h.canonical = cmp.Or(h.title, otherTitle), cmp.Or(h.canonical, otherURL)
	return h
}

// webAddress is a link that may be shown to people, or empty: not javascript: and the like.
func webAddress(link string) string {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// withoutSite takes a title for the page's heading where it only adds the site's name to that: "Prices | Example Ltd".
// The name would be in the searched text of every page.
func withoutSite(title, heading string) string {
	const separators = "|-–—:·•»«"
	after, starts := strings.CutPrefix(title, heading+" ")
	before, ends := strings.CutSuffix(title, " "+heading)
	first, _ := utf8.DecodeRuneInString(after)
	last, _ := utf8.DecodeLastRuneInString(before)
	if heading != "" && (starts && strings.ContainsRune(separators, first) || ends && strings.ContainsRune(separators, last)) {
		return heading
	}
	return title
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
