package retrieve_test

import (
	"math"
	"strings"
	"testing"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/retrieve/query"
)

// in makes a document in a language; the empty one is the index's own.
func in(lang, id, body string) index.Document {
	d := index.Document{ID: id, Body: body}
	if lang != "" {
		d.Fields = map[string]any{"lang": lang}
	}
	return d
}

// polyglot is a corpus in several languages. The index's own is English.
var polyglot = []index.Document{
	in("", "en-egg", "Boiled eggs: boil the eggs for six minutes."),
	in("en-GB", "en-house", "The houses of a village near the river."),
	in("", "en-war", "The cold war was no war of the houses."),
	in("klingon", "en-unknown", "Rivers and villages."), // taken for English
	in("de", "de-egg", "Gekochte Eier: die Eier sechs Minuten kochen."),
	in("de-AT", "de-house", "Die Häuser eines Dorfes; das Haus am Fluss."),
	in("de", "de-the", "The Beatles war eine Band, die aus Liverpool kam."),
	in("ja", "ja-egg", "卵を六分ゆでる。ゆで卵の作り方。"),
	in("zh-Hant", "zh-tokyo", "東京是日本的首都"),
	in("th", "th-egg", "ต้มไข่หกนาที"),
	in("hi", "hi-house", "लड़कों का घर नदी के पास है"),
}

func searcher(t testing.TB, docs ...index.Document) (*index.Index, *retrieve.BM25) {
	t.Helper()
	x := create(t, "")
	put(t, x, 3, docs...)
	r, err := retrieve.New(x, retrieve.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return x, r
}

// TestEachLanguageIsSearchedAsItIsWritten: stems, stop words and characters are those of the document's language.
func TestEachLanguageIsSearchedAsItIsWritten(t *testing.T) {
	_, r := searcher(t, polyglot...)
	for query, want := range map[string]string{
		"boiling an egg":         "en-egg",
		"house near the village": "en-house en-unknown en-war de-the", // "the" is a word to German
		"haus im dorf":           "de-house",
		"sechs Eier kochen":      "de-egg",
		"the cold war":           "en-war de-the", // "war" is a stop word in German only
		"ゆで卵":                    "ja-egg",
		"東京":                     "zh-tokyo",
		"ไข่":                    "th-egg",
		"लड़का":                  "hi-house",
		"die the":                "de-the",
		"xylophone":              "",
	} {
		got, err := r.Retrieve(t.Context(), query, 10)
		if err != nil {
			t.Fatal(err)
		}
		if s := ids(got); s != want {
			t.Errorf("%q: got %q, want %q", query, s, want)
		}
	}
}

// TestOperatorsInEveryLanguage: prefixes are what documents have, however the language writes it; phrases are what stands
// side by side, with spaces or without.
func TestOperatorsInEveryLanguage(t *testing.T) {
	_, r := searcher(t, append([]index.Document{
		in("fr", "fr-study", "L'étudiant et ses économies."),
		in("ar", "ar-book", "الكتاب على الطاولة"),
		in("el", "el-athens", "Οι δρόμοι της Αθήνας"),
		in("ru", "ru-house", "Красивые дома у реки"),
		in("ko", "ko-seoul", "한국의 수도는 서울이다"),
		in("de", "de-road", "Straßen und Übungen für Ärzte"),
	}, polyglot...)...)
	for text, want := range map[string]string{
		"Häus*": "de-house", "Straß*": "de-road", "strass*": "de-road", "ärzt*": "de-road", "étudi*": "fr-study", "ÉCONO*": "fr-study",
		"كت*": "ar-book", "Αθή*": "el-athens", "αθη*": "el-athens", "краси*": "ru-house", "東*": "zh-tokyo", "東京*": "zh-tokyo",
		"한국*": "ko-seoul", "ゆで*": "ja-egg", "ไข*": "th-egg", "hou* -Häus*": "en-house en-war", "house* -the -villages*": "en-war",
		`"日本的首都"`: "zh-tokyo", `"首都日本"`: "", `"六分ゆでる"`: "ja-egg", `"หกนาที"`: "th-egg", `"수도는 서울"`: "ko-seoul",
		`"على الطاولة"`: "ar-book", `"die Häuser eines Dorfes"`: "de-house", "日本 -東京": "", "日本 -ไข่": "zh-tokyo",
	} {
		result, err := r.Search(t.Context(), retrieve.Request{Text: text, K: 10})
		if err != nil {
			t.Fatal(err)
		}
		if got := idsOf(result); sortedWords(got) != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestMixedScoresAreTheFormulas: a document scores as in an index of its language alone, times the language's weight.
func TestMixedScoresAreTheFormulas(t *testing.T) {
	x, r := searcher(t, polyglot...)
	queries := []string{"the cold war", "boiling eggs and the eggs", "die Eier der Beatles", "東京 houses", "ไข่ Haus Haus", "xylophone", ""}
	checkAs(t, r, newReference(polyglot, x), queries, retrieve.DefaultK1, retrieve.DefaultB)
	for _, query := range queries {
		got, err := r.Explain(t.Context(), query, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range got {
			sum := 0.0
			for _, s := range c.Terms {
				sum += s.Score
				tf, length := float64(s.TF), float64(s.Length)
				want := s.Weight * float64(s.Count) * s.IDF * tf * 2.2 / (tf + 1.2*(0.25+0.75*length/s.AvgLength))
				if math.Abs(s.Score-want) > tolerance || s.Weight <= 0 || s.Weight > 1 {
					t.Errorf("%q, %s: %+v does not give its score", query, c.Document.ID, s)
				}
			}
			if sum != c.Score {
				t.Errorf("%q, %s: the terms add up to %v, the score is %v", query, c.Document.ID, sum, c.Score)
			}
		}
	}
}

// TestTiesAcrossLanguagesAreInOrderOfID: two languages that hold the same know the same of a query.
func TestTiesAcrossLanguagesAreInOrderOfID(t *testing.T) {
	_, r := searcher(t,
		in("cjk", "e", "same words"), in(index.AnyLang, "b", "same words"), in("cjk", "a", "same words"), in("cjk", "f", "others"),
		in(index.AnyLang, "c", "same words"), in(index.AnyLang, "d", "others"))
	for k, want := range map[int]string{1: "a", 2: "a b", 3: "a b c", 4: "a b c e", 9: "a b c e"} {
		got, err := r.Retrieve(t.Context(), "words same", k)
		if err != nil {
			t.Fatal(err)
		}
		if s := ids(got); s != want {
			t.Errorf("the best %d: %s, want %s", k, s, want)
		}
	}
}

func ids(candidates []retrieve.Candidate) string {
	var list []string
	for _, c := range candidates {
		list = append(list, c.Document.ID)
	}
	return strings.Join(list, " ")
}

// TestOtherLanguagesDoNotDisturb: what is put in another language changes no score of one whose words the query has.
func TestOtherLanguagesDoNotDisturb(t *testing.T) {
	const query = "boiling eggs near the river"
	_, alone := searcher(t, polyglot[:4]...)
	_, mixed := searcher(t, polyglot...)
	want, err := alone.Retrieve(t.Context(), query, 10)
	if err != nil {
		t.Fatal(err)
	}
	got, err := mixed.Retrieve(t.Context(), query, len(want))
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range got {
		if c.Document.ID != want[i].Document.ID || math.Abs(c.Score-want[i].Score) > tolerance {
			t.Errorf("place %d: %s with %v, want %s with %v", i+1, c.Document.ID, c.Score, want[i].Document.ID, want[i].Score)
		}
	}
}

// TestAGoneLanguageLeavesNothingBehind: once its last document is deleted, the one language left weighs 1 again.
func TestAGoneLanguageLeavesNothingBehind(t *testing.T) {
	docs := polyglot[:5] // the last is German
	x, r := searcher(t, docs...)
	queries := []string{"boiling eggs", "the river Rhine", "Eier"}
	checkAs(t, r, newReference(docs, x), queries, retrieve.DefaultK1, retrieve.DefaultB)
	remove(t, x, docs[4].ID)
	checkAs(t, r, newReference(docs[:4], x), queries, retrieve.DefaultK1, retrieve.DefaultB)
	got, err := r.Explain(t.Context(), "the river Rhine", 1)
	if err != nil || len(got) != 1 || got[0].Terms[0].Weight != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestSnippetIsInTheDocumentsLanguage(t *testing.T) {
	_, r := searcher(t, polyglot...)
	for _, test := range []struct {
		query string
		doc   index.Document
		want  string
	}{
		{"haus", polyglot[5], "Die <mark>Häuser</mark> eines Dorfes; das <mark>Haus</mark> am Fluss."},
		{"house", polyglot[1], "The <mark>houses</mark> of a village near the river."},
		{"ไข่", polyglot[9], "ต้ม<mark>ไข่</mark>หกนาที"},
		{"東京", polyglot[8], "<mark>東京</mark>是日本的首都"},
	} {
		c := retrieve.Candidate{Document: test.doc, Passage: index.Passage{To: len(test.doc.Body)}}
		if got := r.Snippet(query.Plain(test.query), c); got != test.want {
			t.Errorf("%s: got %q, want %q", test.query, got, test.want)
		}
	}
}
