package corpus

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/index"
)

func TestMarkdown(t *testing.T) {
	tests := []struct {
		name, in string
		want     index.Document
	}{
		{"an empty file", "", index.Document{ID: "dir/page", Title: "page", URL: "dir/page.md"}},
		{"the first heading is the title", "intro\n\n# A *title*\n\ntext\n\n# Another",
			index.Document{ID: "dir/page", Title: "A title", Body: "intro\n\ntext\n\n# Another", URL: "dir/page.md"}},
		{"a comment in code is no heading", "```sh\n# install\n```\n",
			index.Document{ID: "dir/page", Title: "page", Body: "# install", URL: "dir/page.md"}},
		{"front matter", "---\ntitle: T\nid: 7\nurl: https://x.example/t\nupdated: 2026-02-11\ntags: [a, 1.5]\ndraft: false\n---\n\n# T\n\n## S\n\ntext",
			index.Document{ID: "7", Title: "T", Body: "## S\n\ntext", URL: "https://x.example/t", Fields: map[string]any{
				"updated": "2026-02-11", "tags": []any{"a", json.Number("1.5")}, "draft": false}}},
		{"front matter in TOML", "+++\ntitle = 'T'\ndate = 2026-02-11\ntime = 2026-02-11T08:00:00Z\ntags = ['a', 1.5]\n[menu]\nweight = 3\n[[by]]\nname = 'x'\n+++\ntext",
			index.Document{ID: "dir/page", Title: "T", Body: "text", URL: "dir/page.md", Fields: map[string]any{
				"date": "2026-02-11", "time": "2026-02-11T08:00:00Z", "tags": []any{"a", json.Number("1.5")},
				"menu": map[string]any{"weight": json.Number("3")}, "by": []any{map[string]any{"name": "x"}}}}},
		{"a front matter title beside another heading", "---\ntitle: T\n---\n# H\n\ntext",
			index.Document{ID: "dir/page", Title: "T", Body: "# H\n\ntext", URL: "dir/page.md"}},
		{"a heading without an end is none", "a <h1> b",
			index.Document{ID: "dir/page", Title: "page", Body: "a\n\n# b", URL: "dir/page.md"}},
		{"nor is an end without a heading", "a </h1> b",
			index.Document{ID: "dir/page", Title: "page", Body: "a\n\nb", URL: "dir/page.md"}},
		{"a rule is no front matter", "---\ntext",
			index.Document{ID: "dir/page", Title: "page", Body: "text", URL: "dir/page.md"}},
		{"byte order mark and CRLF", "\ufeff---\r\ntitle: T\r\n---\r\ntext\r\n",
			index.Document{ID: "dir/page", Title: "T", Body: "text", URL: "dir/page.md"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseMarkdown([]byte(test.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, named(got, "dir/page.md"), apartFromHeadings); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestMarkdownBecomesPlainText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"emphasis", "*a* **b** ~~c~~ `d`", "a b c d"},
		{"links are their text", "see [the **page**](http://x.example/?q) or <http://y.example>", "see the page or http://y.example"},
		{"images are their alternative text", `![a cat](cat.png "title")`, "a cat"},
		{"headings are lines", "# A\n## B\ntext\n### C #", "# A\n\n## B\n\ntext\n\n### C"},
		{"paragraphs", "a\nb\n\nc  \nd", "a b\n\nc\nd"},
		{"escapes and entities", `\* &amp; &auml; &lt;b&gt; a_b`, "* & ä <b> a_b"},
		{"code is kept", "```go\nx := `a` + \"<b>\"\n\n\ty\n```\nafter", "x := `a` + \"<b>\"\n\n\ty\n\nafter"},
		{"indented code", "    a  b\n    c", "a  b\nc"},
		{"lists", "- a\n- b\n  - c\n\n1. d\n2. e", "- a\n- b\n- c\n\n1. d\n2. e"},
		{"loose lists", "3. a\n\n4. b\n\n   c", "3. a\n4. b\nc"},
		{"tasks", "- [x] done\n- [ ] not", "- done\n- not"},
		{"tables", "|a|b|\n|-|-|\n|1|2|\n|3||", "a | b\n1 | 2\n3 |"},
		{"quotes and rules", "> a\n> b\n\n---\n\nc", "a b\n\nc"},
		{"HTML", "a <b>b</b><br>c\n\n<div>d<p>e</div>\n\n<script>alert(1)</script><style>x{}</style>f", "a b\nc\n\nd\n\ne\n\nf"},
		{"soft hyphens", "lime&shy;scale", "limescale"},
		{"non-ASCII", "**東京** naïve", "東京 naïve"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := markdownText([]byte(test.in))
			if err != nil || got.text != test.want {
				t.Errorf("got  %q, %v\nwant %q", got.text, err, test.want)
			}
		})
	}
}

// FuzzMarkdown: any UTF-8 gives an error or a document of valid text, with JSON values for Fields.
func FuzzMarkdown(f *testing.F) {
	f.Add("---\ntitle: T\na: &x [1, 2.5e3, .inf, 2026-01-02, ~]\nb: *x\n1: {2: 3}\n---\n# T\n\ntext [a](b) ![c](d)\n\n- x\n  1. y\n\n|a|b|\n|-|-|\n")
	f.Add("+++\na = 1979-05-27T00:32:00\nb = [{c = inf}]\n+++\ntext")
	f.Add("# A {#x}\n\n```\n# b\n```\n- ## c\n\n<h3 id=y><h1>c</h1><pre>\n\nd</pre><ol start=-5><li><li></ol></ul></li><td>e<script>")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			t.Skip("refused before it comes here")
		}
		d, err := parseMarkdown([]byte(text))
		if err != nil {
			return
		}
		if !utf8.ValidString(d.ID + d.Title + d.Body + d.URL) {
			t.Errorf("got %+v", d)
		}
		if _, err := json.Marshal(d.Fields); err != nil {
			t.Errorf("fields: %v", err)
		}
		checkHeadings(t, d)
		if strings.HasPrefix(d.Body, "\n") || strings.HasSuffix(d.Body, "\n") {
			t.Errorf("loose ends: %q", d.Body)
		}
	})
}
