package web_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/web"
)

// within returns what is in the elements found, of a tag.
func within(nodes []*html.Node, tag string) []*html.Node {
	var found []*html.Node
	for _, n := range nodes {
		found = append(found, page{root: n}.all(tag, "")...)
	}
	return found
}

// links writes every link as its text and, decoded, where it leads.
func links(t *testing.T, nodes []*html.Node) []string {
	t.Helper()
	var all []string
	for _, a := range within(nodes, "a") {
		u, err := url.Parse(attr(a, "href"))
		check(t, err)
		query, err := url.QueryUnescape(u.RawQuery)
		check(t, err)
		on := ""
		if attr(a, "aria-current") != "" {
			on = "[on] "
		}
		all = append(all, on+text(a)+": "+u.Path+"?"+query)
	}
	return all
}

// fixed answers every search in the same way.
type fixed pipeline.Answer

func (f fixed) Search(context.Context, pipeline.Query) (pipeline.Answer, error) {
	return pipeline.Answer(f), nil
}

// shop has fields with values that need care.
func shop() site {
	fields := func(topic any, updated string) map[string]any {
		return map[string]any{"topic": topic, "updated": updated}
	}
	return site{noModel: true, web: web.Config{Facets: []string{"topic", "nowhere"}, Sorts: []string{"-updated", "updated"}}, docs: []index.Document{
		{ID: "a", Title: "First", Body: "tea and a cup", Fields: fields([]any{"hot", `a|"b"`}, "2024-01-01")},
		{ID: "b", Title: "Second", Body: "tea in a pot", Fields: fields([]any{"hot", "two words"}, "2025-01-01")},
		{ID: "c", Title: "Third", Body: "tea", Fields: fields([]any{"hot", "<b>*"}, "2023-01-01")},
		{ID: "d", Title: "Fourth", Body: "coffee"},
	}}
}

// Every value of a facet leads to the search with that filter or, where it is on, without. The words and all else that
// was asked for stay, but for the page of the hits.
func TestPageFacets(t *testing.T) {
	h := shop().start(t)
	tests := []struct {
		name, path string
		want       []string
	}{
		{"none is on", "/?q=tea&window=&top_n=2&offset=2", []string{
			"hot 3: /?filter=topic:hot&q=tea&top_n=2",
			"<b>* 1: /?filter=topic:\"<b>*\"&q=tea&top_n=2",
			`a|"b" 1: /?filter=topic:"a|\"b\""&q=tea&top_n=2`,
			"two words 1: /?filter=topic:two words&q=tea&top_n=2",
		}},
		{"one is on", "/?q=tea&filter=topic%3AHot&filter=topic%3A%22two+words%22", []string{
			"[on] hot 1 ×, remove this filter: /?filter=topic:\"two words\"&q=tea",
			"[on] two words 1 ×, remove this filter: /?filter=topic:Hot&q=tea",
		}},
		{"another field's", "/?q=tea&filter=updated%3A2024..", []string{
			"hot 2: /?filter=updated:2024..&filter=topic:hot&q=tea",
			`a|"b" 1: /?filter=updated:2024..&filter=topic:"a|\"b\""&q=tea`,
			"two words 1: /?filter=updated:2024..&filter=topic:two words&q=tea",
		}},
		{"no value", "/?q=coffee", nil},
		{"no hit", "/?q=xylophone", nil},
		{"more values", "/?q=tea&facet_size=1", []string{
			"hot 3: /?facet_size=1&filter=topic:hot&q=tea",
			"3 more: /?facet_size=100&q=tea",
		}},
		{"another facet", "/?q=tea&facet=updated&facet_size=1", []string{
			"2023-01-01 1: /?facet=updated&facet_size=1&filter=updated:2023-01-01&q=tea",
			"2 more: /?facet=updated&facet_size=100&q=tea",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := read(t, request{path: test.path}.do(h))
			p.want("status", p.code, 200)
			groups := p.all("div", "group")
			if len(p.all("div", "order")) > 0 {
				groups = groups[:len(groups)-1]
			}
			p.want("facets", links(t, groups), test.want)
			p.want("markup", len(p.all("b", "")), 0)
			for _, a := range within(groups, "a") {
				if to := read(t, request{path: attr(a, "href")}.do(h)); to.code != 200 || len(to.all("li", "hit")) == 0 {
					t.Errorf("%s answers %d, with %d hits", attr(a, "href"), to.code, len(to.all("li", "hit")))
				}
			}
		})
	}
	p := read(t, request{path: "/?q=boil"}.do(site{}.start(t)))
	p.want("where none is offered", len(p.all("nav", "refine")), 0)
	p.want("nor room for it", attr(p.all("body", "")[0], "class"), "")
}

// What a search is bound by is shown, can be taken off, right or wrong, and stays for the next words.
func TestPageChips(t *testing.T) {
	h := shop().start(t)
	tests := []struct {
		name, path string
		code       int
		chips      []string
		hidden     []string
	}{
		{"none", "/?q=tea&filter=+&sort=", 200, nil, nil},
		{"filters", "/?q=tea&filter=topic%3A%22two+words%22&filter=updated%3A2025..&offset=0&blend=.5", 200, []string{
			"Remove topic: two words ×: /?blend=.5&filter=updated:2025..&q=tea",
			"Remove updated: >=2025 ×: /?blend=.5&filter=topic:\"two words\"&q=tea",
		}, []string{`filter=topic:"two words"`, "filter=updated:2025.."}},
		{"the empty value", "/?q=tea&filter=topic%3A%22%22", 200, []string{`Remove topic: "" ×: /?q=tea`}, []string{`filter=topic:""`}},
		{"no words", "/?filter=topic%3Ahot", 200, []string{"Remove topic: hot ×: /?"}, []string{"filter=topic:hot"}},
		{"an order that is offered", "/?q=tea&sort=-updated", 200, nil, []string{"sort=-updated"}},
		{"one that is not", "/?q=tea&sort=-topic", 200, []string{"Remove sort: topic, descending ×: /?q=tea"}, []string{"sort=-topic"}},
		{"wrong ones", "/?q=tea&filter=<b>hot&sort=a:b", 400, []string{"Remove <b>hot ×: /?q=tea&sort=a:b", "Remove sort: a:b ×: /?filter=<b>hot&q=tea"},
			[]string{"filter=<b>hot", "sort=a:b"}},
		{"not a text", "/?q=tea&filter=topic:%FF", 400, []string{"Remove topic:\uFFFD ×: /?q=tea"}, []string{"filter=topic:\uFFFD"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := read(t, request{path: test.path}.do(h))
			p.want("status", p.code, test.code)
			p.want("chips", links(t, p.all("ul", "chips")), test.chips)
			var hidden []string
			for _, n := range p.all("input", "") {
				if attr(n, "type") == "hidden" {
					hidden = append(hidden, attr(n, "name")+"="+attr(n, "value"))
				}
			}
			p.want("hidden fields", hidden, test.hidden)
			p.want("markup", len(p.all("b", "")), 0)
		})
	}
}

func TestPageOrders(t *testing.T) {
	h := shop().start(t)
	for path, want := range map[string]struct {
		links []string
		how   string
		hits  []string
	}{
		"/?q=tea&offset=0": {[]string{"[on] Relevance: /?q=tea", "updated, descending: /?q=tea&sort=-updated", "updated, ascending: /?q=tea&sort=updated"},
			"Shown in BM25 order: there is no model.", []string{"Third", "First", "Second"}},
		"/?q=tea&sort=updated": {[]string{"Relevance: /?q=tea", "updated, descending: /?q=tea&sort=-updated", "[on] updated, ascending: /?q=tea&sort=updated"},
			"Sorted by updated, ascending.", []string{"Third", "First", "Second"}},
		"/?filter=topic:hot": {[]string{"[on] Relevance: /?filter=topic:hot", "updated, descending: /?filter=topic:hot&sort=-updated", "updated, ascending: /?filter=topic:hot&sort=updated"},
			"In the order of their IDs, since there are no words to rank by.", []string{"First", "Second", "Third"}},
		"/?q=&filter=topic:hot&sort=-updated": {[]string{"Relevance: /?filter=topic:hot", "[on] updated, descending: /?filter=topic:hot&sort=-updated", "updated, ascending: /?filter=topic:hot&sort=updated"},
			"Sorted by updated, descending.", []string{"Second", "First", "Third"}},
		"/?q=coffee": {nil, "Shown in BM25 order: there is no model.", []string{"Fourth"}},
	} {
		p := read(t, request{path: path}.do(h))
		p.want(path+": orders", links(t, p.all("div", "order")), want.links)
		p.want(path+": how", texts(p.all("p", "how")), []string{want.how})
		p.want(path+": hits", texts(within(p.all("ol", "hits"), "h2")), want.hits)
	}
	p := read(t, request{path: "/?filter=topic:hot"}.do(h))
	p.want("a score where there are no words", len(p.all("div", "bm25")), 0)
}

// The pages of an answer follow each other, and the places of the hits go on.
func TestPagePages(t *testing.T) {
	var docs []index.Document
	for i := range 7 {
		docs = append(docs, index.Document{ID: fmt.Sprint(i), Title: fmt.Sprint("Tea ", i), Body: "tea"})
	}
	h := site{docs: docs, web: web.Config{TopN: 3}, pipeline: pipeline.Config{TopN: 3}}.start(t)
	tests := []struct {
		path  string
		total string
		ranks []string
		pages []string // "prev" or "next" and where it leads
	}{
		{"/?q=tea", "7 documents match, 1 to 3 on this page.", []string{"1", "2", "3"}, []string{"next /?offset=3&q=tea"}},
		{"/?q=tea&offset=3&window=7", "7 documents match, 4 to 6 on this page.", []string{"4", "5", "6"}, []string{"prev /?q=tea&window=7", "next /?offset=6&q=tea&window=7"}},
		{"/?q=tea&offset=6", "7 documents match, 7 to 7 on this page.", []string{"7"}, []string{"prev /?offset=3&q=tea"}},
		{"/?q=tea&offset=2", "7 documents match, 3 to 5 on this page.", []string{"3", "4", "5"}, []string{"prev /?q=tea", "next /?offset=5&q=tea"}},
		{"/?q=tea&top_n=7", "7 documents match.", []string{"1", "2", "3", "4", "5", "6", "7"}, nil},
		{"/?q=tea&offset=9", "7 documents match.", nil, []string{"prev /?q=tea"}},
		{"/?q=tea&min_score=1", "7 documents match.", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			p := read(t, request{path: test.path}.do(h))
			p.want("total", texts(p.all("p", "total")), []string{test.total})
			p.want("ranks", texts(p.all("span", "rank")), test.ranks)
			for _, list := range p.all("ol", "hits") {
				p.want("list", attr(list, "start"), test.ranks[0])
			}
			var pages []string
			for _, a := range p.all("a", "") {
				if rel := attr(a, "rel"); rel != "" {
					pages = append(pages, rel+" "+attr(a, "href"))
				}
			}
			p.want("pages", pages, test.pages)
		})
	}
	one := read(t, request{path: "/?q=moon"}.do(site{}.start(t)))
	one.want("one", texts(one.all("p", "total")), []string{"1 document matches."})
}

// The last page is the last that a search may ask for, however many documents match.
func TestPagePagesEnd(t *testing.T) {
	found := func(offset int) pipeline.Answer {
		return pipeline.Answer{Query: "tea", Total: 1_000_000, Offset: offset, Hits: make([]pipeline.Hit, 10)}
	}
	for offset, want := range map[int][]string{9980: {"prev", "next"}, 9990: {"prev"}} {
		h := site{web: web.Config{Search: fixed(found(offset))}}.start(t)
		p := read(t, request{path: fmt.Sprintf("/?q=tea&offset=%d", offset)}.do(h))
		var got []string
		for _, a := range within(p.all("nav", "pages"), "a") {
			got = append(got, attr(a, "rel"))
		}
		p.want(fmt.Sprint(offset), got, want)
	}
}

// The status tells which words were searched for in place of others.
func TestPageCorrections(t *testing.T) {
	h := site{docs: []index.Document{{ID: "a", Title: "Airships", Body: "A zeppelin is an airship."}, {ID: "b", Body: "kitchen"}}, noModel: true}.start(t)
	p := read(t, request{path: "/?q=zepelin+kichten"}.do(h))
	p.want("corrections", texts(p.all("p", "corrected")), []string{
		"No document has “zepelin”, so this searched for “zeppelin”.", "No document has “kichten”, so this searched for “kitchen”."})
	p.want("role", attr(p.all("p", "corrected")[0].Parent, "role"), "status")
	p = read(t, request{path: "/?q=zeppelin"}.do(h))
	p.want("none", len(p.all("p", "corrected")), 0)
}

// A hit says under which headings it was found, without the document's title again.
func TestPageSections(t *testing.T) {
	much := strings.Repeat(" Word after word.", 90)
	docs := []index.Document{{ID: "tea", Title: "Tea", Body: "# Tea\n\nMuch about it." + much + "\n\n## Black <tea>\n\n" + much + "\n\n### With milk\n\nA teapot." + much}}
	p := read(t, request{path: "/?q=teapot"}.do(site{docs: docs, noModel: true}.start(t)))
	p.want("section", texts(p.all("p", "section")), []string{"In the section Black <tea> › With milk"})
	p = read(t, request{path: "/?q=boil"}.do(site{}.start(t)))
	p.want("documents without", len(p.all("p", "section")), 0)
}

// Help on the language is folded away, and open where nothing was found.
func TestPageTips(t *testing.T) {
	h := shop().start(t)
	for path, folded := range map[string]bool{"/": true, "/?q=tea": true, "/?q=xylophone": false, "/?q=tea&filter=topic:x": false} {
		p := read(t, request{path: path}.do(h))
		p.want(path+" folded", len(p.all("details", "tips")) == 1, folded)
		p.want(path+" open", len(p.all("section", "tips")) == 1, !folded)
		p.want(path+" tips", len(within(append(p.all("details", "tips"), p.all("section", "tips")...), "dt")), 5)
		p.want(path+" example", strings.Contains(strings.Join(texts(p.all("dt", "")), " "), "topic:baking"), true)
	}
	p := read(t, request{path: "/?q=tea&filter=topic:x"}.do(h))
	p.want("nothing", texts(p.all("div", "nothing")), []string{"Nothing found for “tea” with these filters. Take one off, above, or say it in other, more common words."})
}

func TestConfigOfThePage(t *testing.T) {
	for want, c := range map[string]web.Config{
		`Config.Facets has "a:b": give the name of a field`:                                            {Facets: []string{"ok", "a:b"}},
		`Config.Facets has "": give the name of a field`:                                               {Facets: []string{""}},
		"Config.Facets has 17 fields: give at most 16":                                                 {Facets: make([]string, 17)},
		`Config.Sorts has "relevance": give the name of a field, with a minus in front for descending`: {Sorts: []string{"relevance"}},
		`Config.Sorts has "-": give the name of a field, with a minus in front for descending`:         {Sorts: []string{"-updated", "-"}},
	} {
		c.Search, c.Documents = fixed{}, broken{}
		if _, err := web.New(c); err == nil || err.Error() != "web: "+want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
