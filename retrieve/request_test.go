package retrieve_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/retrieve/query"
)

// shop is a small corpus with fields of every kind.
func shop() []index.Document {
	doc := func(id, title, body string, fields map[string]any) index.Document {
		return index.Document{ID: id, Title: title, Body: body, URL: "/" + id, Fields: fields}
	}
	return []index.Document{
		doc("merlot", "Red wine", "A soft merlot. The red wine goes with stew.", map[string]any{"kind": "wine", "price": 12.5, "added": "2024-03-01", "tags": []any{"red", "soft"}}),
		doc("rioja", "Rioja", "Wine, red and dry. Stains are hard to get out of linen.", map[string]any{"kind": "wine", "price": 9, "added": "2023-11-20", "tags": []any{"red", "dry"}}),
		doc("chablis", "Chablis", "White wine for fish, not for stews.", map[string]any{"kind": "wine", "price": 21, "added": "2024-05-05T10:00:00Z", "tags": "dry"}),
		doc("vinegar", "Red wine vinegar", "Vinegar for salads and stains.", map[string]any{"kind": "Vinegar", "price": "4.20", "added": "2022-01-31"}),
		doc("glass", "Glass", "A glass for zeppelin pilots: boiled in oil.", map[string]any{"kind": "dishes", "author": map[string]any{"name": "Jane Doe"}}),
	}
}

func searchIn(t *testing.T, cfg retrieve.Config, docs ...index.Document) func(r retrieve.Request) retrieve.Result {
	t.Helper()
	x := create(t, "")
	put(t, x, 2, docs...) // several segments
	r, err := retrieve.New(x, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return func(request retrieve.Request) retrieve.Result {
		t.Helper()
		if request.K == 0 {
			request.K = 10
		}
		result, err := r.Search(t.Context(), request)
		if err != nil {
			t.Fatalf("%.80q: %.300v", request.Text, err)
		}
		return result
	}
}

func idsOf(r retrieve.Result) string {
	var ids []string
	for _, c := range r.Candidates {
		ids = append(ids, c.Document.ID)
	}
	return strings.Join(ids, " ")
}

// TestTheLanguageOfQueries: what each operator finds.
func TestTheLanguageOfQueries(t *testing.T) {
	search := searchIn(t, retrieve.Config{}, shop()...)
	for _, test := range []struct{ text, want string }{
		{"wine", "merlot rioja vinegar chablis"},
		{"", ""},
		{"the of", ""},
		{`"red wine"`, "merlot vinegar"},                  // rioja has "wine, red"
		{`"red wine" stew`, "merlot vinegar"},             // words besides a phrase make it a better match, no more
		{`"wine red"`, "rioja"},                           // across a comma
		{`"hard to get out"`, "rioja"},                    // stop words are gaps that must fit
		{`"hard get out"`, ""},                            // and here do not
		{`"the"`, ""},                                     // nothing is left of it
		{`wine "of the"`, "merlot rioja vinegar chablis"}, // nor here, so that it asks for nothing
		{`“red wine”`, "merlot vinegar"},
		{`"boiling"`, "glass"}, // stemmed like everything
		{"wine -vinegar", "merlot rioja chablis"},
		{`wine -"red wine"`, "rioja chablis"},
		{"wine -kind:vinegar", "merlot rioja chablis"},
		{"wine -stain*", "merlot chablis"},
		{"-wine", "glass"}, // nothing but what is excluded: all the others
		{"-wine -glass", ""},
		{"kind:vinegar", "vinegar"}, // by upper or lower case
		{"KIND:wine", "chablis merlot rioja"},
		{"kind:wine fish", "chablis"},
		{"tags:dry wine", "rioja chablis"},
		{`author.name:"jane doe"`, "glass"},
		{"author.name:jane", ""}, // a value is the whole value
		{"author.name:jane*", "glass"},
		{"price:5..15", "merlot rioja"},
		{"price:>=12.5", "chablis merlot"},
		{"price:<12.5", "rioja vinegar"},
		{"added:2024", "chablis merlot"},
		{"added:2023-11..2024-03 wine", "merlot rioja"},
		{"title:wine", "merlot vinegar"},
		{`title:"red wine" -title:vinegar`, "merlot"},
		{"title:wines*", "merlot vinegar"}, // longer than the stem, as below
		{"stains -title:wines*", "rioja"},
		{"title:rio*", "rioja"},
		{"title:* -kind:wine", "vinegar glass"},
		{"-title:*", ""},
		{"title:1..9", ""}, // two words that nobody has, and no range
		{"url:/rioja", "rioja"},
		{"nofield:wine", ""}, // no such field: a word, which nobody has
		{"zepp*", "glass"},
		{"stain*", "rioja vinegar"},
		{"staining*", "rioja vinegar"}, // longer than the stem that the index has
		{"wine -staining*", "merlot chablis"},
	} {
		result := search(retrieve.Request{Text: test.text})
		if got := idsOf(result); sortedWords(got) != sortedWords(test.want) {
			t.Errorf("%s: got %q, want %q", test.text, got, test.want)
		}
		if result.Total != len(result.Candidates) {
			t.Errorf("%s: total %d, want %d", test.text, result.Total, len(result.Candidates))
		}
		checkSums(t, test.text, search(retrieve.Request{Text: test.text, Explain: true}))
	}
}

// checkSums: every score is the sum of its terms'.
func checkSums(t *testing.T, text string, result retrieve.Result) {
	t.Helper()
	for _, c := range result.Candidates {
		sum := 0.0
		for _, term := range c.Terms {
			sum += term.Score
		}
		if diff := sum - c.Score; diff > tolerance || diff < -tolerance {
			t.Errorf("%s: %s has %v, and its terms %v", text, c.Document.ID, c.Score, sum)
		}
	}
}

func sortedWords(s string) string {
	words := strings.Fields(s)
	for i := range words {
		for j := i; j > 0 && words[j] < words[j-1]; j-- {
			words[j], words[j-1] = words[j-1], words[j]
		}
	}
	return strings.Join(words, " ")
}

// TestMisspellings are taken for words that there are, and the result says so; never where anything has the word.
func TestMisspellings(t *testing.T) {
	search := searchIn(t, retrieve.Config{}, shop()...)
	for _, test := range []struct{ text, want, corrections, query string }{
		{"zepelin", "glass", "[{zepelin zeppelin}]", "zeppelin"},
		{"zepelins flying", "glass", "[{zepelins zeppelin}]", "zeppelin flying"}, // flying is near to nothing
		{"Viniger salad", "vinegar", "[{Viniger vinegar}]", "vinegar salad"},
		{"wnie", "merlot rioja vinegar chablis", "[{wnie wine}]", "wine"}, // two letters swapped
		{"wien", "merlot rioja vinegar chablis", "[{wien wine}]", "wine"},
		{"boyled glass", "glass", "[{boyled boiled}]", "boiled glass"}, // told as the document has it, not as the stem
		{"zepelin glass zepelin", "glass", "[{zepelin zeppelin}]", "zeppelin glass zeppelin"},
		{"rad", "", "[]", "rad"},             // too short
		{"wine2", "", "[]", "wine2"},         // a digit is another thing
		{`"zepelin"`, "", "[]", `"zepelin"`}, // in quotes: as it stands
		{"zepelin*", "", "[]", "zepelin*"},
		{"wine -viniger", "merlot rioja vinegar chablis", "[]", "wine -viniger"},
		{"kind:wine zepelin", "", "[{zepelin zeppelin}]", "kind:wine zeppelin"},
	} {
		result := search(retrieve.Request{Text: test.text})
		if got := idsOf(result); sortedWords(got) != sortedWords(test.want) {
			t.Errorf("%s: got %q, want %q", test.text, got, test.want)
		}
		if got := fmt.Sprint(result.Corrections); got != test.corrections || result.Query.String() != test.query {
			t.Errorf("%s: corrected %s to %q, want %s to %q", test.text, got, result.Query, test.corrections, test.query)
		}
	}
	for _, text := range []string{"boyled boiled", "boiled boyled"} { // are one term, twice
		result := search(retrieve.Request{Text: text, Explain: true})
		if terms := result.Candidates[0].Terms; len(terms) != 1 || terms[0].Count != 2 {
			t.Errorf("%s: terms %+v, want one that counts twice", text, terms)
		}
		checkSums(t, text, result)
	}
	if got := search(retrieve.Request{Text: "zepelin", Plain: true}); len(got.Candidates)+len(got.Corrections) > 0 {
		t.Errorf("plain words were corrected: %v", got.Corrections)
	}
}

// TestFiltersFacetsAndOrder: what a program asks for besides words.
func TestFiltersFacetsAndOrder(t *testing.T) {
	search := searchIn(t, retrieve.Config{}, shop()...)
	filters := func(texts ...string) (list []query.Filter) {
		for _, text := range texts {
			f, err := query.ParseFilter(text)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, f)
		}
		return list
	}
	by := func(text string) query.Sort {
		s, err := query.ParseSort(text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, test := range []struct {
		name    string
		request retrieve.Request
		want    string // in order
		total   int
	}{
		{"a filter and words", retrieve.Request{Text: "wine", Filters: filters("tags:red")}, "merlot rioja", 2},
		{"any of two values", retrieve.Request{Text: "wine", Filters: filters("kind:vinegar|dishes")}, "vinegar", 1},
		{"any of two titles", retrieve.Request{Text: "wine", Filters: filters(`title:chablis|"red wine"`)}, "merlot chablis vinegar", 3},
		{"two filters", retrieve.Request{Text: "wine", Filters: filters("tags:dry", "price:..10")}, "rioja", 1},
		{"a filter alone: by ID", retrieve.Request{Filters: filters("kind:wine")}, "chablis merlot rioja", 3},
		{"no words and no filter", retrieve.Request{}, "", 0},
		{"words that are none, and a filter", retrieve.Request{Text: "the", Filters: filters("kind:wine")}, "", 0},
		{"the first of all that match", retrieve.Request{Text: "wine", K: 1}, "merlot", 4},
		{"by number", retrieve.Request{Text: "wine", Sort: by("price")}, "vinegar rioja merlot chablis", 4},
		{"by number, falling", retrieve.Request{Text: "wine glass", Sort: by("-price")}, "chablis merlot rioja vinegar glass", 5}, // without a price: last
		{"by date", retrieve.Request{Text: "wine", Sort: by("-added"), K: 2}, "chablis merlot", 4},
		{"by date, without words", retrieve.Request{Filters: filters("kind:wine"), Sort: by("added")}, "rioja merlot chablis", 3},
		{"by a field that nobody has: by score", retrieve.Request{Text: "wine", Sort: by("nothing"), K: 1}, "merlot", 4},
		{"by one of several values", retrieve.Request{Filters: filters("tags:*"), Sort: by("tags")}, "chablis rioja merlot", 3},
	} {
		result := search(test.request)
		if got := idsOf(result); got != test.want || result.Total != test.total {
			t.Errorf("%s: got %q of %d, want %q of %d", test.name, got, result.Total, test.want, test.total)
		}
		for i, c := range result.Candidates {
			if c.Rank != i+1 {
				t.Errorf("%s: rank %d in place %d", test.name, c.Rank, i+1)
			}
		}
	}
	asked := []retrieve.Facet{{Field: "kind"}, {Field: "tags", Size: 1}, {Field: "nothing"}}
	for _, test := range []struct {
		request retrieve.Request
		want    string
	}{
		{retrieve.Request{Text: "wine", K: 1}, "[{kind [{wine 3} {Vinegar 1}] 0} {tags [{dry 2}] 2} {nothing [] 0}]"}, // over all, not the first
		{retrieve.Request{Text: "wine", Filters: filters("tags:soft")}, "[{kind [{wine 1}] 0} {tags [{red 1}] 1} {nothing [] 0}]"},
		{retrieve.Request{Text: "nowhere1"}, "[{kind [] 0} {tags [] 0} {nothing [] 0}]"},
	} {
		test.request.Facets = asked
		if got := fmt.Sprint(search(test.request).Facets); got != test.want {
			t.Errorf("%q: facets %s, want %s", test.request.Text, got, test.want)
		}
	}
}

// TestAnyTextIsAQuery: none is an error, and none takes long.
func TestAnyTextIsAQuery(t *testing.T) {
	search := searchIn(t, retrieve.Config{}, shop()...)
	var many strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&many, "word%d ", i)
	}
	for _, text := range []string{
		`"`, `"red`, `red" wine "`, `""`, "-", "--", "-*", "*", "**", ":", "kind:", ":wine", `kind:"`, "price:..", "price:9..1", "price:x..y",
		"\x00wine\x01", "wine\xff\xfe", "\u202ewine", "((((", "a:b:c:d", many.String(), strings.Repeat(`"red wine" `, 10_000), strings.Repeat("-x ", 10_000),
		strings.Repeat("a* ", 10_000), strings.Repeat("x", 1_000_000), "🍷", "kind:" + strings.Repeat("y", 10_000), strings.Repeat("zepelin ", 1000),
		strings.Repeat("a:b ", 10_000), strings.ReplaceAll(many.String(), " ", ":x "),
	} {
		search(retrieve.Request{Text: text})
	}
	if got := idsOf(search(retrieve.Request{Text: "\x00wine\x01 -vinegar\x7f"})); sortedWords(got) != "chablis merlot rioja" {
		t.Errorf("control characters changed what is found: %q", got)
	}
}

// TestPassagesAnswerByDocument: a document is found once, by its best passage.
func TestPassagesAnswerByDocument(t *testing.T) {
	x, err := index.Create("", index.Config{Passages: index.Passages{Tokens: 16, Overlap: -1}})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	guide := index.Document{ID: "guide", Title: "Tea", URL: "/tea", Fields: map[string]any{"kind": "drink"}, Body: `## Green tea

Green tea is made with water that has cooled down for some minutes.

## Black tea

Black tea wants boiling water, a warm pot and four minutes of patience.

### Milk

Milk goes in first or last, which people have fought over for a century.`}
	coffee := index.Document{ID: "coffee", Title: "Coffee", Body: "Coffee wants hot water, not boiling.", Fields: map[string]any{"kind": "drink"}}
	put(t, x, 1, guide, coffee)
	r, err := retrieve.New(x, retrieve.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ text, want string }{
		{"milk first", "guide#milk"},
		{"boiling water", "coffee guide#black-tea"},
		{"tea", "guide#green-tea"},                                      // all three have it twice or once
		{`minutes -patience`, ""},                                       // conditions are about the whole document
		{`"warm pot" minutes some cooled down made`, "guide#green-tea"}, // these too: another passage may score better
		{"water -milk", "coffee"},                                       // here too
		{`"black tea"`, "guide#black-tea"},
		{"kind:drink", "coffee guide"}, // nothing to choose a passage by
		{"minutes kind:drink", "guide#green-tea"},
	} {
		for _, by := range []query.Sort{{}, {Field: "kind"}} {
			result, err := r.Search(t.Context(), retrieve.Request{Text: test.text, K: 5, Sort: by, Explain: true})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range result.Candidates {
				id := c.Document.ID
				if c.Passage.Anchor != "" && test.text != "kind:drink" {
					id += "#" + c.Passage.Anchor
				}
				got = append(got, id)
			}
			if strings.Join(got, " ") != test.want || result.Total != len(got) {
				t.Errorf("%s, by %q: got %v of %d, want %s", test.text, by.Field, got, result.Total, test.want)
			}
			checkSums(t, test.text, result)
		}
	}
	result, err := r.Search(t.Context(), retrieve.Request{Text: "patience", K: 1, Facets: []retrieve.Facet{{Field: "kind"}}})
	if err != nil {
		t.Fatal(err)
	}
	c := result.Candidates[0]
	if want := "Tea\nBlack tea\nBlack tea wants boiling water, a warm pot and four minutes of patience."; c.Text() != want {
		t.Errorf("the text to judge is %q, want %q", c.Text(), want)
	}
	if got := fmt.Sprint(result.Facets); got != "[{kind [{drink 1}] 0}]" {
		t.Errorf("facets of passages: %s", got)
	}
}
