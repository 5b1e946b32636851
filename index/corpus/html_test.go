package corpus

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/index"
)

func TestHTML(t *testing.T) {
	tests := []struct {
		name, in string
		want     index.Document
	}{
		{"an empty file", "", index.Document{}},
		{"a fragment", "<p>a <b>b</b></p><p>c", index.Document{Body: "a b\n\nc"}},
		{"the title", "<title>A\n title</title><h1>Another</h1>text", index.Document{Title: "A title", Body: "# Another\n\ntext"}},
		{"a title that the heading repeats", "<title>T</title><h1>T</h1>text", index.Document{Title: "T", Body: "text"}},
		{"a title that adds the site", "<title>Prices | Example Ltd</title><main><h1>Prices</h1>text", index.Document{Title: "Prices", Body: "text"}},
		{"a title that begins with the site", "<title>Example – Prices</title><h1>Prices</h1>text", index.Document{Title: "Prices", Body: "text"}},
		{"a title that says more", "<title>Prices of 2026</title><h1>Prices</h1>text", index.Document{Title: "Prices of 2026", Body: "# Prices\n\ntext"}},
		{"no title: the heading", "<main><p>a</p><h1>H</h1>text", index.Document{Title: "H", Body: "a\n\ntext"}},
		{"no title: what it tells others", `<meta property="og:title" content="T"><p>text`, index.Document{Title: "T", Body: "text"}},
		{"a picture's title is another", `<svg><title>x</title></svg><p>text`, index.Document{Body: "text"}},
		{"the canonical URL", `<link rel="Canonical" href=" https://x.example/a?b=1&amp;c "><p>a`, index.Document{URL: "https://x.example/a?b=1&c", Body: "a"}},
		{"a canonical URL without a host", `<link rel=canonical href=/a><p>a`, index.Document{URL: "/a", Body: "a"}},
		{"a canonical URL that is none", `<link rel=canonical href="javascript:x"><meta property=og:url content="https://x.example/"><p>a`,
			index.Document{URL: "https://x.example/", Body: "a"}},
		{"language and description", `<html lang=de><meta name=Description content="kurz  gesagt"><p>a`,
			index.Document{Body: "a", Fields: map[string]any{"lang": "de", "description": "kurz gesagt"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseHTML([]byte(test.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, apartFromHeadings); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestTheMainContentOfHTML(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"the main element", "<nav>n</nav><main><header>a</header><aside>b</aside></main><p>c", "a\n\nb"},
		{"its role", "<p>a<div role=main>b</div>", "b"},
		{"the only article", "<p>a<article>b<footer>c</footer></article>", "b\n\nc"},
		{"of several articles, the page", "<p>a<article>b</article><article>c</article>", "a\n\nb\n\nc"},
		{"a main element that a script would fill: the page", "<main></main><p>a", "a"},
		{"else the body, without what is around", "<header>a</header><div role=banner>b</div><nav>c</nav>d<aside>e</aside><footer>f</footer>", "d"},
		{"links elsewhere", "<main>a<nav>b</nav><div role=navigation>c</div></main>", "a"},
		{"what cannot be seen", "<main>a<p hidden>b</p><p aria-hidden=true>c</p><template>d</template><noscript>e</noscript><style>f</style><script>g</script><!-- h --></main>", "a"},
		{"what is there to be pressed", "<form>a <button>b</button><select><option>c</select><textarea>d</textarea></form>", "a"},
		{"anchors of headings", `<h2>a <a href="#a">#</a></h2><h3><a href="#b"></a>b<a class=headerlink href="#b">¶</a></h3><p>see <a href="#a">above</a>`, "## a\n\n### b\n\nsee above"},
		{"text as in Markdown", "<h2>a</h2><ul><li>b<li>c <a href=/d>d</a></ul><table><tr><th>e<td>f</table><pre>\ng\n  h</pre><img alt=i>", "## a\n\n- b\n- c d\n\ne | f\n\ng\n  h\n\ni"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseHTML([]byte(test.in))
			if err != nil || got.Body != test.want {
				t.Errorf("got  %q, %v\nwant %q", got.Body, err, test.want)
			}
		})
	}
}

func TestEncodingsOfHTML(t *testing.T) {
	tests := []struct{ name, in, body, errs string }{
		{"UTF-8", "<p>naïve", "naïve", ""},
		{"with a byte order mark", "\ufeff<p>naïve", "naïve", ""},
		{"the one that it declares", "<meta charset=iso-8859-2><p>\xbeivot", "život", ""},
		{"declared in the old way", `<meta http-equiv=Content-Type content="text/html; charset=Shift_JIS"><p>` + "\x93\x8c\x8b\x9e", "東京", ""},
		{"by its first bytes", "\xff\xfe<\x00p\x00>\x00\xe4\x00", "ä", ""},
		{"none declared: what browsers take", "<p>na\xefve \x80", "naïve €", ""},
		{"UTF-8 that is broken", "<meta charset=utf-8>\n<p>na\xefve", "", "corpus: a.html:2: not valid UTF-8: convert the file first\n"},
		{"nested too deep", strings.Repeat("<div>", 600), "", "corpus: a.html:1: html: open stack of elements exceeds 512 nodes\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			docs, errs := read("a.html", test.in, Fields{})
			if errs != test.errs || errs == "" && docs[0].Body != test.body {
				t.Errorf("got %+v, %q, want %q, %q", docs, errs, test.body, test.errs)
			}
		})
	}
}

// FuzzHTML: any bytes, decoded, give an error or a document of valid text, without loose ends, in reasonable size.
func FuzzHTML(f *testing.F) {
	f.Add([]byte("<!doctype html><html lang=en><title>A | S</title><link rel=canonical href=/a><meta name=description content=d><main><h1>A</h1><p>b<ul><li>c</ul><pre>\n\nd</pre>"))
	f.Add([]byte("<meta charset=utf-16le><article><h1>\xe9</article><table><td><h1 id=a>x<h2><a name=b></a>y</h2><svg><title><p><a href=#>#</a><plaintext>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		text := decodeHTML(data)
		if !utf8.Valid(text) {
			return // refused
		}
		d, err := parseHTML(text)
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
		if len(d.Title)+len(d.Body) > 20*len(text)+100 { // an item of a list is counted: "1. "
			t.Errorf("%d bytes of text from %d", len(d.Title)+len(d.Body), len(text))
		}
	})
}
