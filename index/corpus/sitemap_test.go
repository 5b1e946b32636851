package corpus

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/index"
)

// sitemapOfPages is a sitemap with a page a line.
func sitemapOfPages(urls ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
	for _, u := range urls {
		fmt.Fprintf(&b, "\n<url><loc>%s</loc></url>", u)
	}
	return b.String() + "\n</urlset>\n"
}

// site makes a tree of files whose text is their name.
func site(files ...string) fstest.MapFS {
	tree := fstest.MapFS{}
	for _, name := range files {
		tree[name] = &fstest.MapFile{Data: []byte(name)}
	}
	return tree
}

// urls lists the documents with their addresses.
func urls(docs []index.Document) string {
	var list []string
	for _, d := range docs {
		list = append(list, d.ID+"="+d.URL)
	}
	return strings.Join(list, " ")
}

// strictly reads the pages of a tree's sitemap alone.
func strictly(tree fstest.MapFS, sitemap string) ([]index.Document, string) {
	return collect(func(yield func(index.Document, error) bool) { newWalk(Reader{}, tree, "", yield).site(sitemap) })
}

func TestASitemapGivesPagesTheirAddresses(t *testing.T) {
	const s = "https://x.example"
	tests := []struct {
		name  string
		pages []string
		files string
		want  string
	}{
		{"as they are", []string{s + "/a.html", s + "/b/c.md"}, "a.html b/c.md", "a=" + s + "/a.html b/c=" + s + "/b/c.md"},
		{"without extensions", []string{s + "/a", s + "/b/c"}, "a.html b/c.md", "a=" + s + "/a b/c=" + s + "/b/c"},
		{"folders", []string{s, s + "/b/", s + "/c", s + "/d/"}, "index.html b/index.md c/index.html d.md", "b/index=" + s + "/b/ c/index=" + s + "/c d=" + s + "/d/ index=" + s},
		{"Markdown of generated pages", []string{s + "/a.html"}, "a.md", "a=" + s + "/a.html"},
		{"of a part of a site", []string{s + "/docs/v1/", s + "/docs/v1/a"}, "a.html index.html", "a=" + s + "/docs/v1/a index=" + s + "/docs/v1/"},
		{"of a part that the tree has too", []string{s + "/docs/a", s + "/docs/b"}, "a.html docs/a.html docs/b.html", "a=a.html docs/a=" + s + "/docs/a docs/b=" + s + "/docs/b"},
		{"folders that not all pages share", []string{s + "/docs/a", s + "/b"}, "a.html b.html", "a=a.html b=" + s + "/b"},
		{"with other characters", []string{s + "/gr%C3%BCn%20tee?a=1&amp;b=2#c"}, "grün tee.html", "grün tee=" + s + "/gr%C3%BCn%20tee?a=1&b=2#c"},
		{"the first address of two", []string{s + "/a?lang=en", s + "/a"}, "a.html", "a=" + s + "/a?lang=en"},
		{"files that are not listed, pages that are not there", []string{s + "/a", s + "/c"}, "a.html b.html", "a=" + s + "/a b=b.html"},
		{"files outside", []string{s + "/../../etc/passwd", s + "/b/../../a", s}, "a.html", "a=a.html"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree := site(strings.Split(test.files, " ")...)
			if test.name == "with other characters" {
				tree = site("grün tee.html")
			}
			tree["sitemap.xml"] = &fstest.MapFile{Data: []byte(sitemapOfPages(test.pages...))}
			docs, errs := collect(FS(tree))
			if urls(docs) != test.want || errs != "" {
				t.Errorf("got  %s %s\nwant %s", urls(docs), errs, test.want)
			}
		})
	}
}

func TestASitemapThatIsNamedIsTheCorpus(t *testing.T) {
	tree := site("a.html", "b.html", "c.jsonl", "d.png")
	tree["sitemap.xml"] = &fstest.MapFile{Data: []byte(sitemapOfPages("https://x.example/a", "https://x.example/gone", "ftp://x.example/b", "https://x.example/d.png"))}
	docs, errs := strictly(tree, "sitemap.xml")
	if want := `corpus: sitemap.xml:4: "ftp://x.example/b" is not the address of a page: begin it with https:// and the site's name
corpus: sitemap.xml:3: https://x.example/gone has no file in the folder: put it there, or take it off the list
`; urls(docs) != "a=https://x.example/a" || errs != want {
		t.Errorf("got %s\n%swant\n%s", urls(docs), errs, want)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, tree); err != nil {
		t.Fatal(err)
	}
	docs, errs = collect(Open(filepath.Join(dir, "sitemap.xml")))
	if prefix := "corpus: " + filepath.ToSlash(dir) + "/sitemap.xml:4: "; urls(docs) != "a=https://x.example/a" || !strings.HasPrefix(errs, prefix) {
		t.Errorf("on disk: got %s\n%swant\n%s", urls(docs), errs, prefix)
	}
}

func TestASitemapOfSitemaps(t *testing.T) {
	tree := site("a.html", "b.html")
	add := func(name, text string) { tree[name] = &fstest.MapFile{Data: []byte(text)} }
	add("sitemap.xml", `<sitemapindex><sitemap><loc>https://x.example/maps/sitemap-1.xml.gz</loc></sitemap>
<sitemap><loc>https://x.example/maps/gone.xml</loc></sitemap>
<sitemap><loc>https://x.example/sitemap.xml</loc></sitemap></sitemapindex>`)
	tree["maps/sitemap-1.xml.gz"] = &fstest.MapFile{Data: gzipped(t, sitemapOfPages("https://x.example/a"))}
	docs, errs := strictly(tree, "sitemap.xml")
	if urls(docs) != "a=https://x.example/a" || errs != "corpus: sitemap.xml:2: https://x.example/maps/gone.xml has no file in the folder: put it there, or take it off the list\n" {
		t.Errorf("got %s\n%s", urls(docs), errs)
	}
}

func TestWhatAPageSaysOfItselfComesFirst(t *testing.T) {
	tree := fstest.MapFS{
		"a.html": {Data: []byte(`<link rel=canonical href=https://y.example/a>`)},
		"b.md":   {Data: []byte("---\nurl: /b\nlastmod: 2026-01-02\n---\n")},
		"c.md":   {Data: []byte("c")},
		"sitemap.xml": {Data: []byte(`<urlset xmlns:image="i"><url><image:image><image:loc>x</image:loc></image:image><loc>
https://x.example/c
</loc><lastmod> 2026-03-04 </lastmod></url><url><loc>https://x.example/a</loc></url><url><loc>https://x.example/b</loc><lastmod>2026-03-04</lastmod></url></urlset>`)},
	}
	docs, errs := collect(FS(tree))
	if urls(docs) != "a=https://y.example/a b=/b c=https://x.example/c" || errs != "" {
		t.Errorf("got %s, %s", urls(docs), errs)
	}
	if b, c := docs[1].Fields["lastmod"], docs[2].Fields["lastmod"]; b != "2026-01-02" || c != "2026-03-04" {
		t.Errorf("last changed: %v, %v", b, c)
	}
}

func TestASitemapThatIsExcludedIsNotRead(t *testing.T) {
	tree := site("a.html")
	tree["sitemap.xml"] = &fstest.MapFile{Data: []byte(sitemapOfPages("https://x.example/a"))}
	docs, errs := collect(Reader{Exclude: []string{"sitemap.xml"}}.FS(tree))
	if urls(docs) != "a=a.html" || errs != "" {
		t.Errorf("got %s, %s", urls(docs), errs)
	}
}

func TestABrokenSitemap(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"cut short":   {"<urlset>\n<url>\n<loc>https://x.example/a", "corpus: sitemap.xml:3: unexpected EOF\n"},
		"not XML":     {"https://x.example/a\nhttps://x.example/b & c", "corpus: sitemap.xml:2: invalid character entity & (no semicolon)\n"},
		"an encoding": {`<?xml version="1.0" encoding="klingon"?><urlset/>`, "corpus: sitemap.xml:1: xml: opening charset \"klingon\": unsupported charset: \"klingon\"\n"},
	} {
		tree := site("a.html")
		tree["sitemap.xml"] = &fstest.MapFile{Data: []byte(test.text)}
		if docs, errs := collect(FS(tree)); urls(docs) != "a=a.html" || errs != test.want {
			t.Errorf("%s: got %s, %q, want %q", name, urls(docs), errs, test.want)
		}
	}
}

func TestASitemapThatIsTooBig(t *testing.T) {
	text := sitemapOfPages("https://x.example/a", "https://x.example/b")
	var got []string
	parseSitemap(&boundedReader{strings.NewReader(text), len(text) - 5, errBigSitemap}, func(l listing, err error) bool {
		got = append(got, fmt.Sprintf("%d %v %v", l.line, l.url, err))
		return true
	})
	want := []string{"2 https://x.example/a <nil>", "3 https://x.example/b <nil>", "4 <nil> more than 50 MiB: split it, as the protocol of sitemaps has it"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// FuzzSitemap: any bytes give pages with an address, in the order of their lines, and of broken ones the last; no page
// is found outside the tree.
func FuzzSitemap(f *testing.F) {
	f.Add([]byte(sitemapOfPages("https://x.example/a/../b?c", "/d", "https://x.example")))
	f.Add([]byte("<sitemapindex><sitemap><loc>http://x.example/sitemap.xml</loc></sitemap><url>"))
	f.Add([]byte(`<?xml version="1.0" encoding="latin1"?><url><loc>http://` + "\xe4/\xe4</loc></url>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		last := 0
		parseSitemap(bytes.NewReader(data), func(l listing, err error) bool {
			if l.line < last || err == nil && l.url.Host == "" {
				t.Errorf("%+v after line %d", l, last)
			}
			last = l.line
			return true
		})
		tree := site("index.html", "a.html")
		tree["sitemap.xml"] = &fstest.MapFile{Data: data}
		for d, err := range FS(tree) {
			if err == nil && (d.ID != "index" && d.ID != "a" || !utf8.ValidString(d.URL)) {
				t.Errorf("got %+v", d)
			}
		}
	})
}
