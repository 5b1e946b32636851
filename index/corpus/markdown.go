package corpus

import (
	"bytes"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"

	"github.com/quern-search/quern/index"
)

// parseMarkdown takes title, id, url and Fields from the front matter, if there is any; else the title is the first
// "# " heading. The body is plain text: what a reader of the page would see, with its headings as "## Heading" lines
// (see plainText).
func parseMarkdown(text []byte) (index.Document, error) {
	text = bytes.ReplaceAll(withoutBOM(text), []byte("\r\n"), []byte("\n"))
	keys, text, err := frontMatter(text)
	if err != nil {
		return index.Document{}, err
	}
	body, err := markdownText(text)
	if err != nil {
		return index.Document{}, err
	}
	d := index.Document{ID: takeText(keys, "id"), Title: takeText(keys, "title"), URL: takeText(keys, "url")}
	d.Title, d.Body, d.Headings = takeHeading(d.Title, body)
	if len(keys) > 0 {
		d.Fields = jsonValue(keys).(map[string]any)
	}
	return d, nil
}

// takeHeading finds the title in the first heading where the front matter has none, and takes it out of the body: as
// part of the searched text it would count twice.
func takeHeading(title string, p page) (string, string, []index.Heading) {
	heading, body := p.heading(), page{}
	if heading == "" || title != "" && title != heading {
		body = p.part(0, len(p.text))
	} else {
		title, body = heading, p.part(0, p.h1Start).then(p.part(p.h1End, len(p.text)))
	}
	return title, body.text, body.headings
}

// markdownText renders Markdown (with GitHub's tables and the like) and takes the text of the page. Headings may name
// their anchors: "## Heading {#anchor}".
func markdownText(text []byte) (page, error) {
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAttribute()),
		goldmark.WithRendererOptions(html.WithUnsafe()))
	var rendered bytes.Buffer
	if err := md.Convert(text, &rendered); err != nil {
		return page{}, err
	}
	p, err := plainText(&rendered)
	return p.withAnchors(), err
}
