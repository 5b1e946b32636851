package retrieve_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/retrieve/query"
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
		{"no match in a long text", "en", "whale", filler, strings.TrimSpace(filler[:215]) + " …"},

		{"German", "de", "Häuser", "Ein Haus und ein Hausboot.", "Ein <mark>Haus</mark> und ein Hausboot."},
		{"German capitals", "de", "strasse", "In der STRAẞE.", "In der <mark>STRAẞE</mark>."},
		{"French elision", "fr", "école", "Dans l’école.", "Dans <mark>l’école</mark>."},
		{"Chinese pairs", "zh", "東京都", "我住在東京都里", "我住在<mark>東京都</mark>里"},
		{"Chinese characters", "zh", "人", "中国人民", "中国<mark>人</mark>民"},
		{"Japanese", "ja", "データ", "新しいデータベース", "新しい<mark>データ</mark>ベース"},
		{"Japanese half width", "ja", "ガス", "ｶﾞｽ料金", "<mark>ｶﾞｽ</mark>料金"},
		{"Thai", "th", "ไทย", "ภาษาไทยง่าย", "ภาษา<mark>ไทย</mark>ง่าย"},
		{"Hindi", "hi", "लड़का", "लड\u093cके घर में", "<mark>लड\u093cके</mark> घर में"},
		{"Arabic, with the article", "ar", "كتاب", "قرأت الكتاب اليوم", "قرأت <mark>الكتاب</mark> اليوم"},
		{"Turkish", "tr", "ışık istanbul", "IŞIK İSTANBUL'da isik", "<mark>IŞIK</mark> <mark>İSTANBUL&#39;da</mark> isik"},
		{"Greek", "el", "ελλαδα ΟΔΟΣ", "Η Ελλάδα, η οδός.", "Η <mark>Ελλάδα</mark>, η <mark>οδός</mark>."},
		{"Persian joiner", "fa", "خانه", "آن خانه\u200cها بزرگ", "آن <mark>خانه</mark>\u200cها بزرگ"},
		{"Korean", "ko", "한국어", "저는 한국어를 공부합니다", "저는 <mark>한국어</mark>를 공부합니다"},
		{"accents apart", "en", "café", "A cafe\u0301.", "A <mark>cafe\u0301</mark>."},

		{"a phrase where it stands", "en", `"soft boiled"`, "Boiled soft, or soft boiled eggs.", "Boiled soft, or <mark>soft</mark> <mark>boiled</mark> eggs."},
		{"its words elsewhere too", "en", `"soft boiled" soft`, "Soft eggs, soft boiled.", "<mark>Soft</mark> eggs, <mark>soft</mark> <mark>boiled</mark>."},
		{"a phrase with a stop word", "en", `"cup of tea"`, "A cup of tea; a cup tea.", "A <mark>cup</mark> of <mark>tea</mark>; a cup tea."},
		{"a phrase over itself", "en", `"tea tea"`, "tea, tea tea tea", "<mark>tea</mark>, <mark>tea</mark> <mark>tea</mark> <mark>tea</mark>"},
		{"a phrase of one word", "en", `"eggs"`, "Egg.", "<mark>Egg</mark>."},
		{"a Chinese phrase", "zh", `"中文"`, "文中 中文", "文中 <mark>中文</mark>"},
		{"a phrase that begins in the title", "en", `"heading eggs"`, "Eggs eggs.", "<mark>Eggs</mark> eggs."},
		{"a prefix", "en", "boi*", "Boilers boil bones.", "<mark>Boilers</mark> <mark>boil</mark> bones."},
		{"a prefix beyond the stem", "en", "configurati*", "A configuration, a confine.", "A <mark>configuration</mark>, a confine."},
		{"a Chinese prefix", "zh", "東京*", "東京都", "<mark>東京</mark>都"},
		{"excluded", "en", `egg -salt -"egg white" -pep*`, "Egg white, salt, pepper.", "<mark>Egg</mark> white, salt, pepper."},
		{"the title alone", "en", "title:eggs salt", "Eggs, salt.", "Eggs, <mark>salt</mark>."},

		{"headings and lists", "en", "egg", "## Eggs\nBoil them.\n\n- milk\n- one egg\n\nThe end.",
			"<mark>Eggs</mark> · Boil them. · milk · one <mark>egg</mark> The end."},
		{"what only looks like marks", "en", "egg", "#egg -3 *egg*\n--flag", "#<mark>egg</mark> -3 *<mark>egg</mark>*\n--flag"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, c := candidate(t, test.lang, index.Document{Title: "A heading", Body: test.body})
			got := r.Snippet(parse(test.query), c)
			if want := strings.Join(strings.Fields(test.want), " "); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func parse(text string) query.Query {
	return query.Parse(text, func(name string) bool { return name == "title" })
}

// candidate is a document, the only one of an index, with all of it as the passage.
func candidate(t testing.TB, lang string, d index.Document) (*retrieve.BM25, retrieve.Candidate) {
	t.Helper()
	x, err := index.Create("", index.Config{Lang: lang, Passages: index.Passages{Tokens: -1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	d.ID = "d"
	put(t, x, 1, d)
	r, err := retrieve.New(x, retrieve.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return r, retrieve.Candidate{Document: d, Passage: index.Passage{To: len(d.Body)}}
}

func TestTitle(t *testing.T) {
	for _, test := range []struct{ query, title, want string }{
		{"boiling", "Boiled <eggs>", "<mark>Boiled</mark> &lt;eggs&gt;"},
		{"title:eggs", "Boiled eggs", "Boiled <mark>eggs</mark>"},
		{`title:"boiled eggs"`, "Eggs: boiled eggs", "Eggs: <mark>boiled</mark> <mark>eggs</mark>"},
		{"title:egg*", "Eggs", "<mark>Eggs</mark>"},
		{`"eggs body"`, "Eggs, eggs", "Eggs, <mark>eggs</mark>"},
		{`title:"eggs body"`, "Eggs", "Eggs"},
		{"-boiled title:eggs", "Boiled\n eggs", "Boiled <mark>eggs</mark>"},
		{"body", "", ""},
		{"# eggs", "# Eggs", "# <mark>Eggs</mark>"},
	} {
		r, c := candidate(t, "en", index.Document{Title: test.title, Body: "Body of eggs."})
		if got := r.Title(parse(test.query), c); got != test.want {
			t.Errorf("%s: got %q, want %q", test.query, got, test.want)
		}
	}
}

// TestSnippetIsTheRichestFragment: by distinct terms, of those by the rarer, then by occurrences, then the first.
func TestSnippetIsTheRichestFragment(t *testing.T) {
	filler := strings.Repeat("lorem ipsum dolor sit amet ", 40)
	for _, test := range []struct{ query, body, want string }{
		{"red wine stain", "red red red " + filler + "A wine stain that is red comes out. " + filler + " stain",
			"A <mark>wine</mark> <mark>stain</mark> that is <mark>red</mark> comes out."},
		{"red wine", "One wine. " + filler + "Red, red. " + filler + "One wine more.", "<mark>Red</mark>, <mark>red</mark>."},
		{"common rare", "A common, common thing. " + filler + "A rare thing.", "A <mark>rare</mark> thing."},
		{"red", "One red. " + filler + "Two red. " + filler, "One <mark>red</mark>."},
	} {
		x := create(t, "")
		put(t, x, 10, in("", "1", "common"), in("", "2", "common things"), in("", "3", test.body))
		r, err := retrieve.New(x, retrieve.Config{})
		if err != nil {
			t.Fatal(err)
		}
		c := retrieve.Candidate{Document: in("", "3", test.body), Passage: index.Passage{To: len(test.body)}}
		if got := r.Snippet(query.Plain(test.query), c); !strings.Contains(got, test.want) {
			t.Errorf("%s: got %q, want %q in it", test.query, got, test.want)
		}
	}
}

var unmarked = strings.NewReplacer("<mark>", "", "</mark>", "")

func TestHighlights(t *testing.T) {
	filler := strings.Repeat("Lorem ipsum dolor sit amet. ", 20)
	body := "Tea first. " + filler + "Green tea is a tea. " + filler + "White tea last."
	r, c := candidate(t, "en", index.Document{Body: body})
	q := query.Plain("green tea")
	all := r.Highlights(q, c, 9)
	for i, want := range []string{
		"<mark>Green</mark> <mark>tea</mark> is a <mark>tea</mark>.", "<mark>Tea</mark> first.", "White <mark>tea</mark> last.",
	} {
		if len(all) != 3 || !strings.Contains(all[i], want) {
			t.Fatalf("got %q, want %q as number %d", all, want, i)
		}
	}
	if !strings.HasPrefix(all[0], "… Lorem") || !strings.HasSuffix(all[0], " …") || !strings.HasPrefix(all[1], "<mark>Tea") {
		t.Errorf("bad ends: %q", all)
	}
	for _, fragment := range all {
		if n := utf8.RuneCountInString(unmarked.Replace(fragment)); n > 220+len("… ")+len(" …") {
			t.Errorf("%d characters: %q", n, fragment)
		}
	}
	for n, want := range [][]string{nil, all[:1], all[:2]} {
		if got := r.Highlights(q, c, n); !slices.Equal(got, want) {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
	if got := r.Highlights(query.Plain("whale"), c, 3); len(got) != 0 || r.Snippet(q, c) != all[0] {
		t.Errorf("got %q for what is not there", got)
	}
}

// TestHighlightsAreOfThePassage: not of the rest of the body.
func TestHighlightsAreOfThePassage(t *testing.T) {
	body := "Tea before. Tea within. Tea after."
	r, c := candidate(t, "en", index.Document{Body: body})
	c.Passage = index.Passage{From: 12, To: 23, Path: []string{"Of tea"}}
	if got := r.Highlights(query.Plain("tea"), c, 3); !slices.Equal(got, []string{"<mark>Tea</mark> within."}) {
		t.Errorf("got %q", got)
	}
	if got := r.Highlights(parse(`"tea tea"`), c, 3); !slices.Equal(got, []string{"<mark>Tea</mark> within."}) { // over from the heading
		t.Errorf("got %q", got)
	}
}

// TestHighlightsOfCorrectedQueries: the query that a result gives back is the one to show.
func TestHighlightsOfCorrectedQueries(t *testing.T) {
	_, r := searcher(t, polyglot...)
	result, err := r.Search(t.Context(), retrieve.Request{Text: "vilage hous*", K: 1})
	if err != nil || len(result.Candidates) != 1 {
		t.Fatalf("got %+v, %v", result, err)
	}
	got := r.Snippet(result.Query, result.Candidates[0])
	if want := "The <mark>houses</mark> of a <mark>village</mark> near the river."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestHeadingsAreWhereTheDocumentSays: "#" in other lines is text.
func TestHeadingsAreWhereTheDocumentSays(t *testing.T) {
	body := "# tea\n# green tea"
	for _, test := range []struct {
		headings []index.Heading
		want     string
	}{
		{nil, "<mark>tea</mark> · green <mark>tea</mark>"},
		{[]index.Heading{}, "# <mark>tea</mark> # green <mark>tea</mark>"},
		{[]index.Heading{{At: 6}}, "# <mark>tea</mark> · green <mark>tea</mark>"},
	} {
		r, c := candidate(t, "en", index.Document{Body: body, Headings: test.headings})
		if got := r.Snippet(query.Plain("tea"), c); got != test.want {
			t.Errorf("%v: got %q, want %q", test.headings, got, test.want)
		}
	}
}

// TestLongPassages: those of documents that are not split are read to their first match, and end in time whatever is in
// them.
func TestLongPassages(t *testing.T) {
	r, _ := candidate(t, "en", index.Document{})
	long := func(title, body string) retrieve.Candidate {
		return retrieve.Candidate{Document: index.Document{Title: title, Body: body}, Passage: index.Passage{To: len(body)}}
	}
	c := long("", strings.Repeat("tea ", 10<<20/4))
	all := r.Highlights(parse(`tea "tea tea tea"`), c, 1000)
	if len(all) != 1000 || strings.Count(all[999], "<mark>tea</mark>") < 50 {
		t.Errorf("got %d fragments, the last %q", len(all), all[len(all)-1])
	}
	c = long("Coffee", strings.Repeat("coffee ", 100_000)+"and tea.")
	if got := r.Snippet(query.Plain("tea"), c); !strings.HasSuffix(got, " and <mark>tea</mark>.") {
		t.Errorf("got %q", got)
	}
}

// BenchmarkHighlights shows a page of ten hits: three fragments of each.
func BenchmarkHighlights(b *testing.B) {
	parts, _ := generated(4000, 7)
	var docs []index.Document // of about a passage each
	for some := range slices.Chunk(parts, 8) {
		d := some[0]
		for _, part := range some[1:] {
			d.Body += ". " + part.Body
		}
		docs = append(docs, d)
	}
	x := create(b, "")
	put(b, x, 500, docs...)
	r, err := retrieve.New(x, retrieve.Config{})
	if err != nil {
		b.Fatal(err)
	}
	for _, words := range []int{2, 100} {
		text := strings.Join(strings.Fields(docs[0].Body)[:words], " ")
		found, err := r.Retrieve(b.Context(), text, 10)
		if err != nil {
			b.Fatal(err)
		}
		bytes, q := 0, query.Plain(text)
		for _, c := range found {
			bytes += len(c.Text())
		}
		b.Run(fmt.Sprintf("words=%d,hits=%d", words, len(found)), func(b *testing.B) {
			b.SetBytes(int64(bytes))
			for b.Loop() {
				for _, c := range found {
					r.Highlights(q, c, 3)
				}
			}
		})
	}
}
