package retrieve_test

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve"
	query_ "github.com/quern-search/quern/retrieve/query"
)

func TestSnippet(t *testing.T) {
	filler := strings.Repeat("lorem ipsum dolor sit amet ", 20)
	tests := []struct {
		name, lang, query, body, want string
	}{
		{"stems", "en", "boiling eggs", "She boiled one egg.", "She <mark>boiled</mark> one <mark>egg</mark>."},
		{"escaped", "en", "fish", `<b>"fish" & chips</b>`, `&lt;b&gt;&#34;<mark>fish</mark>&#34; &amp; chips&lt;/b&gt;`},
		{"one line", "en", "fish", "a\n\n  fish\tdish", "a <mark>fish</mark> dish"},
		{"no match: the beginning", "en", "whale", "Short text.", "Short text."},
		{"no body", "en", "whale", "", ""},
		{"no query", "en", "", "Short text.", "Short text."},
		{"German", "de", "Häuser", "Ein Haus und ein Hausboot.", "Ein <mark>Haus</mark> und ein Hausboot."},
		{"overlapping pairs are one mark", "cjk", "東京都", "私は東京都に住む", "私は<mark>東京都</mark>に住む"},
		{"no match in a long text", "en", "whale", filler,
			strings.TrimSpace(filler[:215]) + " …"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := snippet(t, test.lang, test.query, test.body)
			if got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func snippet(t testing.TB, lang, query, body string) string {
	t.Helper()
	x, err := index.Create("", index.Config{Lang: lang})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	r, err := retrieve.New(x, retrieve.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Snippet(query_.Plain(query), retrieve.Candidate{Document: index.Document{Body: body}})
}

func TestSnippetIsThePassageWithTheMostTerms(t *testing.T) {
	filler := strings.Repeat("lorem ipsum dolor sit amet ", 40)
	got := snippet(t, "en", "red wine stain", "red red red "+filler+"A wine stain that is red comes out. "+filler+" stain")
	if !strings.Contains(got, "A <mark>wine</mark> <mark>stain</mark> that is <mark>red</mark> comes out.") ||
		!strings.HasPrefix(got, "… ") || !strings.HasSuffix(got, " …") {
		t.Errorf("got %q", got)
	}
}

var tag = regexp.MustCompile(`</?mark>`)

// FuzzSnippet: any text, any query, any analyzer gives well-formed HTML of about the promised length, with words of the
// text and nothing else.
func FuzzSnippet(f *testing.F) {
	f.Add("red wine", "A red <wine> stain", uint8(0))
	f.Add("東京", strings.Repeat("東京都に住む", 100), uint8(1))
	f.Add("خانه", "خانه\u200cها \u200c خانه", uint8(2))
	f.Add("a", strings.Repeat("x", 5000)+" a "+strings.Repeat("y", 5000), uint8(3))
	langs := []string{"en", "cjk", "fa", "standard"}
	var r []*retrieve.BM25
	for _, lang := range langs {
		x, err := index.Create("", index.Config{Lang: lang})
		if err != nil {
			f.Fatal(err)
		}
		f.Cleanup(func() { x.Close() })
		bm25, err := retrieve.New(x, retrieve.Config{})
		if err != nil {
			f.Fatal(err)
		}
		r = append(r, bm25)
	}
	f.Fuzz(func(t *testing.T, query, body string, lang uint8) {
		if !utf8.ValidString(body) {
			t.Skip("no index has such a body")
		}
		got := r[int(lang)%len(r)].Snippet(query_.Plain(query), retrieve.Candidate{Document: index.Document{Body: body}})
		plain := html.UnescapeString(tag.ReplaceAllString(got, ""))
		words := strings.Join(strings.Fields(strings.ReplaceAll(plain, "…", " ")), " ")
		whole := strings.Join(strings.Fields(strings.ReplaceAll(body, "…", " ")), " ")
		if !utf8.ValidString(got) || !strings.Contains(whole, words) {
			t.Errorf("%q is no part of %q", words, whole)
		}
		if strings.Count(got, "<mark>") != strings.Count(got, "</mark>") || strings.ContainsAny(tag.ReplaceAllString(got, ""), "<>") {
			t.Errorf("bad HTML: %q", got)
		}
	})
}
