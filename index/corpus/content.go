package corpus

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// mainText is the text of a page without what every page of the site has: the main element, or else the one article
// that there is, or else the body without its headers and footers; where those have no text, the next.
func mainText(doc *html.Node) page {
	var mains, articles []*html.Node
	for n := range doc.Descendants() {
		switch {
		case n.DataAtom == atom.Main || attr(n, "role") == "main":
			mains = append(mains, n)
		case n.DataAtom == atom.Article:
			articles = append(articles, n)
		}
	}
	candidates := mains[:min(len(mains), 1)]
	if len(articles) == 1 {
		candidates = append(candidates, articles...)
	}
	for _, n := range candidates {
		if p := textBelow(n, false); p.text != "" {
			return p
		}
	}
	return textBelow(doc, true)
}

// textBelow writes the text of an element; whole tells that it is the whole page, with its headers and footers.
func textBelow(n *html.Node, whole bool) page {
	var t textWriter
	var write func(n *html.Node)
	write = func(n *html.Node) { // not deep: the parser allows 512 elements
		for c := range n.ChildNodes() {
			switch {
			case c.Type == html.TextNode:
				t.text(c.Data)
			case c.Type != html.ElementNode:
			case isAside(c) || whole && isFrame(c):
				t.anchor = "" // of what begins with it
			case isAnchor(c):
				t.seeAnchor(c.DataAtom, c.Attr)
			default:
				t.start(html.Token{Type: html.StartTagToken, DataAtom: c.DataAtom, Data: c.Data, Attr: c.Attr})
				write(c)
				t.end(c.DataAtom)
			}
		}
	}
	write(n)
	return t.page()
}

// isAside tells what is not to be read as part of any text: what is hidden, done by programs, or leads elsewhere.
func isAside(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Head, atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Nav, atom.Button, atom.Select,
		atom.Textarea, atom.Svg, atom.Iframe, atom.Object, atom.Dialog:
		return true
	}
	hidden := slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "hidden" })
	return hidden || attr(n, "aria-hidden") == "true" || slices.Contains([]string{"navigation", "search"}, attr(n, "role"))
}

// isFrame tells what is around the content of a page.
func isFrame(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Header, atom.Footer, atom.Aside:
		return true
	}
	return slices.Contains([]string{"banner", "contentinfo", "complementary"}, attr(n, "role"))
}

// isAnchor tells the mark that generators of documentation put to a heading, for people to copy its address: "#" or "¶".
func isAnchor(n *html.Node) bool {
	return n.DataAtom == atom.A && strings.HasPrefix(attr(n, "href"), "#") && utf8.RuneCountInString(strings.TrimSpace(nodeText(n))) <= 1
}

// nodeText is all text below an element, as it stands there.
func nodeText(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}
