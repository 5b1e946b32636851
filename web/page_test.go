package web_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
	"github.com/quern-search/quern/web"
)

// broken are Documents that cannot be read.
type broken struct{}

func (broken) Get(context.Context, string) (index.Document, error) {
	return index.Document{}, index.ErrClosed
}
func (broken) Count() (int, error) { return 0, index.ErrClosed }

// A page is a parsed answer.
type page struct {
	t    *testing.T
	code int
	root *html.Node
}

func read(t *testing.T, w *httptest.ResponseRecorder) page {
	t.Helper()
	root, err := html.Parse(w.Body)
	check(t, err)
	return page{t, w.Code, root}
}

// all returns the elements of a tag and a class, or of any class where it is empty.
func (p page) all(tag, class string) []*html.Node {
	var found []*html.Node
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && n.Data == tag && (class == "" || slices.Contains(strings.Fields(attr(n, "class")), class)) {
			found = append(found, n)
		}
	}
	return found
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func texts(nodes []*html.Node) []string {
	var all []string
	for _, n := range nodes {
		all = append(all, text(n))
	}
	return all
}

func (p page) want(what string, got, want any) {
	p.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestPageBeforeTheFirstSearch(t *testing.T) {
	h := site{web: web.Config{Title: "Kitchen help", Examples: []string{"soft eggs", "tea & milk"}}}.start(t)
	for _, path := range []string{"/", "/?q=", "/?q=+&window=5"} {
		p := read(t, request{path: path}.do(h))
		p.want("status", p.code, 200)
		p.want("title", texts(p.all("title", "")), []string{"Kitchen help"})
		p.want("language", attr(p.all("html", "")[0], "lang"), "en")
		links := p.all("section", "examples")[0]
		var hrefs []string
		for n := range links.Descendants() {
			if n.Data == "a" {
				hrefs = append(hrefs, attr(n, "href"))
			}
		}
		p.want("examples", hrefs, []string{"/?q=soft%20eggs", "/?q=tea%20%26%20milk"})
	}
}

func TestPageOfHits(t *testing.T) {
	fake := &reranktest.Fake{Judge: func(_ rerank.Task, d string) float64 {
		if strings.Contains(d, "cool") {
			return 4
		}
		return -0.5
	}}
	p := read(t, request{path: "/?q=boil+eggs"}.do(site{fake: fake}.start(t)))
	p.want("title", texts(p.all("title", "")), []string{"boil eggs – quern"})
	p.want("input", attr(p.all("input", "")[0], "value"), "boil eggs")
	p.want("titles", texts(p.all("h2", "")), []string{"Green tea", "Boiling eggs", "odd <id>?#", "Pasta"})
	var hrefs []string
	for _, h := range p.all("h2", "") {
		hrefs = append(hrefs, attr(h.FirstChild, "href"))
	}
	p.want("links", hrefs, []string{"/doc/tea/green", "https://example.org/kitchen/boiling-eggs", "/doc/odd%20%3Cid%3E%3F%23", "/doc/pasta"})
	p.want("trails", texts(p.all("p", "trail"))[1:3], []string{"example.org › kitchen › boiling-eggs", "doc › odd <id>?#"})
	p.want("moves", texts(p.all("div", "move"))[:2], []string{
		"Place ▲ 3 BM25 #4 → #1 moved up from BM25 rank 4 to 1",
		"Place ▼ 1 BM25 #1 → #2 moved down from BM25 rank 1 to 2",
	})
	p.want("relevance", texts(p.all("div", "relevance"))[0], "Relevance 98% logit +4.00")
	p.want("matches", len(p.all("mark", "")) > 0, true)
	p.want("scripts", len(p.all("script", "")), 0)
}

// The status line tells how the hits came to their order.
func TestPageStatus(t *testing.T) {
	second := func(f reranktest.Fake) pipeline.Config {
		f.Card.Name = "second"
		return pipeline.Config{Fallback: []rerank.Scorer{&f}}
	}
	fails := &reranktest.Fake{Trouble: reranktest.Fails}
	tests := []struct {
		name string
		site site
		path string
		want string // the beginning
		also string // a class of the status
	}{
		{"ok", site{}, "/?q=boil", "Reranked by fake: 4 of 4 candidates in ", ""},
		{"off", site{}, "/?q=boil&rerank=off", "Shown in BM25 order: reranking was turned off for this query.", "plain"},
		{"no model", site{noModel: true}, "/?q=boil", "Shown in BM25 order: there is no model.", "plain"},
		{"skipped", site{}, "/?q=moon", "Shown in BM25 order: one candidate.", "plain"},
		{"partial", site{fake: &reranktest.Fake{Trouble: reranktest.Fails, After: 2}}, "/?q=boil", "Partly reranked by fake: 2 of 4 candidates in ", "trouble"},
		{"fallback", site{fake: fails, pipeline: second(reranktest.Fake{})}, "/?q=boil", "Reranked by second, the fallback: 4 of 4 candidates in ", "trouble"},
		{"fallback not needed", site{pipeline: second(reranktest.Fake{})}, "/?q=boil", "Reranked by fake: 4 of 4 candidates in ", ""},
		{"fallback partial", site{fake: fails, pipeline: second(reranktest.Fake{Trouble: reranktest.Fails, After: 1})}, "/?q=boil",
			"Partly reranked by second, the fallback: 1 of 4 candidates in ", "trouble"},
		{"both failed", site{fake: fails, pipeline: second(*fails)}, "/?q=boil",
			"Shown in BM25 order, because reranking failed: fake: connection refused; second: connection refused.", "trouble"},
		{"failed", site{fake: fails}, "/?q=boil",
			`Shown in BM25 order, because reranking failed: model "fake": connection refused.`, "trouble"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := read(t, request{path: test.path}.do(test.site.start(t)))
			how := text(p.all("p", "how")[0])
			if !strings.HasPrefix(how, test.want) {
				t.Errorf("%q, want %q", how, test.want)
			}
			if test.also != "" && len(p.all("div", test.also)) != 1 {
				t.Errorf("the status is not marked %q", test.also)
			}
			if end := ", in place of fake: connection refused."; strings.HasSuffix(how, end) != (test.name == "fallback") {
				t.Errorf("%q: does it tell what it stands in for?", how)
			}
			if test.also == "" && len(p.all("div", "trouble")) > 0 {
				t.Error("the status is marked as trouble")
			}
			if test.name == "partial" {
				p.want("not judged", len(p.all("dd", "none")), 2)
			}
		})
	}
}

func TestPageWithoutHits(t *testing.T) {
	h := site{}.start(t)
	p := read(t, request{path: "/?q=xylophone"}.do(h))
	p.want("nothing", strings.HasPrefix(text(p.all("div", "nothing")[0]), "Nothing found for “xylophone”"), true)
	p = read(t, request{path: "/?q=boil&min_score=1"}.do(h))
	p.want("strict", strings.HasPrefix(text(p.all("div", "nothing")[0]), "No hit is relevant enough."), true)
}

// An error is shown in its place, and nothing that was typed is lost.
func TestPageKeepsTheFormOnErrors(t *testing.T) {
	tests := []struct {
		path    string
		code    int
		message string
	}{
		{"/?q=%22boil%22&window=ten&instruct=find&rerank=off", 400, `window is "ten": give a whole number.`},
		{"/?q=%22boil%22&window=ten&instruct=find&rerank=off&top_n=%", 400, "the query string cannot be read"},
	}
	for _, test := range tests {
		p := read(t, request{path: test.path}.do(site{}.start(t)))
		p.want("status", p.code, test.code)
		got := map[string]string{}
		for _, n := range p.all("input", "") {
			got[attr(n, "name")] = attr(n, "value")
		}
		p.want("form", got, map[string]string{"q": `"boil"`, "window": "ten", "top_n": "", "min_score": "", "blend": "", "rerank": "off"})
		p.want("instruction", text(p.all("textarea", "")[0]), "find")
		if m := text(p.all("div", "problem")[0]); !strings.Contains(m, test.message) {
			t.Errorf("message %q", m)
		}
	}
}

func TestDocumentPage(t *testing.T) {
	h := site{}.start(t)
	p := read(t, request{path: "/doc/eggs"}.do(h))
	p.want("title", texts(p.all("title", "")), []string{"Boiling eggs – quern"})
	p.want("source", texts(p.all("p", "source")), []string{"https://example.org/kitchen/boiling-eggs"})
	p.want("fields", texts(p.all("dl", "fields")), []string{"minutes6 subjectkitchen"})

	p = read(t, request{path: "/doc/tea/green"}.do(h))
	p.want("heading", texts(p.all("h1", "")), []string{"Green tea"})
	p.want("no source", len(p.all("p", "source")), 0)
	body := p.all("div", "text")[0]
	p.want("text", text(body), "Let the boiled water cool before you pour it. Two minutes are enough. No sugar.")

	p = read(t, request{path: "/doc/odd%20%3Cid%3E%3F%23"}.do(h))
	p.want("no title", texts(p.all("h1", "")), []string{"odd <id>?#"})
	p.want("scripts", len(p.all("script", "")), 0)
}

// A document's headings are the page's, so that a link to one leads there.
func TestDocumentPageHeadings(t *testing.T) {
	h := site{docs: []index.Document{
		{ID: "tea", Title: "Tea", Body: "Warm the pot.\n\n# Green\n## Green\ncool\n\nshort\n###### <b>Black</b> {#\"><b>}\n# Content\n# !"},
		{ID: "plain", Title: "Plain", Body: "# as it stands", Headings: []index.Heading{}},
	}}.start(t)
	p := read(t, request{path: "/doc/tea"}.do(h))
	var got []string
	for n := range p.all("div", "text")[0].ChildNodes() {
		if n.Type == html.ElementNode {
			got = append(got, strings.TrimSpace(n.Data+" "+attr(n, "id"))+": "+text(n))
		}
	}
	p.want("text", got, []string{
		"p: Warm the pot.", "h2 green: Green", "h2 green-1: Green", "p: cool", "p: short", `h6 "><b>: <b>Black</b>`,
		"h2: Content", "h2: !", // the page has an ID "content" already
	})
	p.want("markup", len(p.all("b", "")), 0)

	p = read(t, request{path: "/doc/plain"}.do(h))
	p.want("a document without headings", texts(p.all("p", ""))[0], "# as it stands")
}

func TestNoSuchPage(t *testing.T) {
	h := site{}.start(t)
	for _, path := range []string{"/doc/none", "/doc/", "/nothing", "/static/none.css"} {
		p := read(t, request{path: path, header: map[string]string{"Accept": "text/html,*/*;q=0.8"}}.do(h))
		p.want(path, p.code, 404)
		p.want(path, texts(p.all("h1", "")), []string{"Not Found"})
		wantProblem(t, request{path: path}.do(h), 404, "there is nothing at this address")
	}
}

// The page asks for static files by addresses that change with them, so that browsers may keep them.
func TestStaticFiles(t *testing.T) {
	h := site{}.start(t)
	p := read(t, request{path: "/"}.do(h))
	links := p.all("link", "")
	p.want("links", len(links), 2)
	for _, link := range links {
		w := request{path: attr(link, "href")}.do(h)
		if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Body.Len() == 0 {
			t.Errorf("%s: %d %v", attr(link, "href"), w.Code, w.Header())
		}
	}
	if c := (request{path: "/static/style.css?v=old"}).do(h).Header().Get("Cache-Control"); c != "" {
		t.Errorf("another version is kept too: %q", c)
	}
}

// A hit in a long document leads to the heading above what was found, on the document's own page where it has no other.
func TestPageLeadsToTheSection(t *testing.T) {
	long := "Much about tea. " + strings.Repeat("Word after word. ", 80) + "\n\n## White & green\n\nA teapot. " + strings.Repeat("More words here. ", 60)
	for address, want := range map[string]string{"": "/doc/tea#white--green", "https://example.org/tea": "https://example.org/tea#white--green", "/tea#mine": "/tea#mine"} {
		w := request{path: "/?q=teapot"}.do(site{docs: []index.Document{{ID: "tea", Title: "Tea", Body: long, URL: address}}, noModel: true}.start(t))
		if !strings.Contains(w.Body.String(), `<a href="`+want+`">Tea</a>`) {
			t.Errorf("%q: no link to %s in\n%s", address, want, w.Body)
		}
	}
}
