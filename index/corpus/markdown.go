package corpus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	"gopkg.in/yaml.v3"

	"github.com/quern-search/quern/index"
)

// parseMarkdown takes title, id, url and Fields from the front matter, if there is any; else the title is the first
// "# " heading. The body is plain text: what a reader of the page would see, with its headings as "## Heading" lines
// (see plainText).
func parseMarkdown(text []byte) (index.Document, error) {
	text = bytes.ReplaceAll(withoutBOM(text), []byte("\r\n"), []byte("\n"))
	front, text := splitFrontMatter(text)
	keys := map[string]any{}
	if err := yaml.Unmarshal(front, &keys); err != nil {
		return index.Document{}, fmt.Errorf("front matter: %w", err)
	}
	body, err := markdownText(text)
	if err != nil {
		return index.Document{}, err
	}
	d := index.Document{ID: takeText(keys, "id"), Title: takeText(keys, "title"), URL: takeText(keys, "url")}
	d.Title, d.Body = takeHeading(d.Title, body)
	if len(keys) > 0 {
		d.Fields = jsonValue(keys).(map[string]any)
	}
	return d, nil
}

// splitFrontMatter cuts off what stands between a first line "---" and the next. Without that next it was a rule.
func splitFrontMatter(text []byte) (front, rest []byte) {
	after, ok := bytes.CutPrefix(text, []byte("---\n"))
	if !ok {
		return nil, text
	}
	at := 0
	for line := range bytes.Lines(after) {
		if string(bytes.TrimRight(line, " \t\n")) == "---" {
			return after[:at], after[at+len(line):]
		}
		at += len(line)
	}
	return nil, text
}

// takeHeading finds the title in the first heading where the front matter has none, and takes it out of the body: as
// part of the searched text it would count twice.
func takeHeading(title string, p page) (string, string) {
	heading := p.heading()
	if heading == "" || title != "" && title != heading {
		return title, strings.Trim(p.text, "\n")
	}
	before, after := strings.TrimSpace(p.text[:p.h1Start]), strings.TrimSpace(p.text[p.h1End:])
	return heading, strings.TrimSpace(before + "\n\n" + after)
}

// markdownText renders Markdown (with GitHub's tables and the like) and takes the text of the page.
func markdownText(text []byte) (page, error) {
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	var rendered bytes.Buffer
	if err := md.Convert(text, &rendered); err != nil {
		return page{}, err
	}
	return plainText(&rendered)
}

// takeText takes a scalar out of the front matter.
func takeText(keys map[string]any, name string) string {
	value, ok := keys[name]
	if !ok || value == nil {
		return ""
	}
	switch v := jsonValue(value).(type) {
	case string:
		delete(keys, name)
		return v
	case json.Number:
		delete(keys, name)
		return v.String()
	}
	return "" // a list or a map: it stays among the Fields
}

// jsonValue turns what YAML knows into what JSON knows: dates and odd numbers become text, keys strings.
func jsonValue(value any) any {
	switch v := value.(type) {
	case nil, bool, string:
		return v
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly)
		}
		return v.Format(time.RFC3339Nano)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
		return json.Number(strconv.FormatFloat(v, 'g', -1, 64))
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = jsonValue(e)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = jsonValue(e)
		}
		return m
	case map[any]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[fmt.Sprint(k)] = jsonValue(e)
		}
		return m
	case int, int64, uint64:
		return json.Number(fmt.Sprint(v))
	}
	return fmt.Sprint(value)
}
