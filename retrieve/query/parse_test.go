package query_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/quern-search/quern/retrieve/query"
)

func isField(name string) bool {
	return strings.EqualFold(name, "title") || name == "topic" || name == "price" || name == "updated" || name == "file"
}

// show writes clauses so that a table can have them: kind and text in brackets, a minus in front of what is excluded.
func show(q query.Query) string {
	var parts []string
	for _, c := range q.Clauses {
		s := c.Kind.String() + "[" + c.Text + "]"
		if c.Kind == query.Field {
			s = "field[" + c.Filter.String() + "]"
		}
		if c.Not {
			s = "-" + s
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " ")
}

func TestParse(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"white space", " \t\n　", ""},
		{"words are one clause", "  boiled   eggs\n", "words[boiled eggs]"},
		{"words of a language without spaces", "煮鸡蛋 多久", "words[煮鸡蛋 多久]"},
		{"control characters are spaces", "a\x00b\x1bc\u0085d", "words[a b c d]"},
		{"broken UTF-8 is a space", "a\xffb \xe4\xb8", "words[a b]"},
		{"a byte order mark and a zero-width space too", "\ufeff-a\u200b\"b\"", "-words[a] phrase[b]"},

		{"a phrase", `"soft boiled"`, "phrase[soft boiled]"},
		{"one word", `"eggs"`, "phrase[eggs]"},
		{"between words", `how "soft  boiled" eggs`, "words[how] phrase[soft boiled] words[eggs]"},
		{"curly quotes", "“a b” ”c d” „e f“ „g h”", "phrase[a b] phrase[c d] phrase[e f] phrase[g h]"},
		{"French quotes with their spaces, and Danish ones", "«\u00a0a b\u00a0» »c d«", "phrase[a b] phrase[c d]"},
		{"wide quotes", "＂東京　大学＂", "phrase[東京 大学]"},
		{"punctuation after it", `what is "soft boiled"? or ("b").`, `words[what is] phrase[soft boiled] words[or ("b").]`},
		{"quotes with nothing between them", `a "" b "  " c -""`, "words[a b c]"},
		{"no operators within", `"-a b* topic:c"`, "phrase[-a b* topic:c]"},
		{"the first partner ends it", `"a "b" c"`, `phrase[a "b] words[c"]`},
		{"another kind of quote does not", `“a "b" c”`, `phrase[a "b" c]`},
		{"no partner", `"soft boiled eggs`, "words[soft boiled eggs]"},
		{"no partner, and what follows is read", `say "-a -"bo* “c`, "words[say] -words[a] prefix[bo] words[c]"},
		{"only quotes", `" " "`, ""},
		{"a word goes on after the quote", `"a"b`, `words[a"b]`},
		{"inches", `5" pipe 6'2" 3'`, `words[5" pipe 6'2" 3']`},
		{"within words", `l'hôtel rock'n'roll it's a"b"c`, `words[l'hôtel rock'n'roll it's a"b"c]`},

		{"excluded", "eggs -salt -pepper", "words[eggs] -words[salt] -words[pepper]"},
		{"excluded of all kinds", `-"table salt" -topic:baking -boil* -“a b”`, "-phrase[table salt] -field[topic:baking] -prefix[boil] -phrase[a b]"},
		{"excluded with a hyphen in it", "-a-b", "-words[a-b]"},
		{"no minus sign", "- a - b -- --flag -5 degrees -.5 a-b a- -* ->", "words[- a - b -- --flag -5 degrees -.5 a-b a- -* ->]"},
		{"a number in quotes", `-"5"`, "-phrase[5]"},
		{"plus changes nothing", `+salt +"a b" +topic:baking +boil*`, "words[salt] phrase[a b] field[topic:baking] prefix[boil]"},
		{"no plus sign", "+ +5 ++a C++ a+b", "words[+ +5 ++a C++ a+b]"},
		{"AND, OR and NOT are words", "a AND b OR NOT c", "words[a AND b OR NOT c]"},

		{"a prefix", "boil* eggs", "prefix[boil] words[eggs]"},
		{"too short", "b* 5* C++*", "words[b* 5* C++*]"},
		{"one character is enough in some languages", "煮* か* ア* 한*", "prefix[煮] prefix[か] prefix[ア] prefix[한]"},
		{"other stars", "5*3 * ** **bold** *a bo*l boil** boil*,", "words[5*3 * ** **bold** *a bo*l boil** boil*,]"},

		{"a field", "topic:baking Title:eggs", "field[topic:baking] field[Title:eggs]"},
		{"a value of several words", `title:"soft boiled" topic:“a b”,`, "field[title:soft boiled] field[topic:a b]"},
		{"no value, or not yet", `topic: topic:"" price:> price:>= price:.. topic:"a`, "words[topic: topic: price:> price:>= price:.. topic: a]"},
		{"excluded, with a quote without partner", `-topic:"a b`, "-words[topic:] words[a b]"},
		{"no such field", `http://x 10:30 std::vector re:zero :a :: Topic:a author:"a b"`, `words[http://x 10:30 std::vector re:zero :a :: Topic:a author:"a b"]`},
		{"values with signs in them", "topic:a,b topic:a:b topic:C++ topic:-a", "field[topic:a,b] field[topic:a:b] field[topic:C++] field[topic:-a]"},
		{"one value, not one of several", "topic:a|b", `field[topic:"a|b"]`},
		{"a prefix of the value", "topic:b* -topic:煮*", "field[topic:b*] -field[topic:煮*]"},
		{"any value", "topic:*", "field[topic:*]"},
		{"a value that is no prefix", "topic:a*b topic:**", `field[topic:"a*b"] field[topic:"**"]`},
		{"ranges", "price:10..20 price:10.. price:..20 price:>10 price:>=10 price:<20 price:<=20",
			"field[price:10..20] field[price:>=10] field[price:<=20] field[price:>10] field[price:>=10] field[price:<20] field[price:<=20]"},
		{"ranges without an end", "price:>10..20 price:10..<20 price:-5..-.5", "field[price:>10..20] field[price:10..<20] field[price:-5..-.5]"},
		{"dates", "updated:>=2024-05 updated:2024..2024-05-01 updated:<2024-05-01T10:00:00Z", "field[updated:>=2024-05] field[updated:2024..2024-05-01] field[updated:<2024-05-01T10:00:00Z]"},
		{"no ranges", "file:../x file:a..f price:>a price:1..2024-05", `field[file:"../x"] field[file:"a..f"] field[price:">a"] field[price:"1..2024-05"]`},
		{"no ranges of titles", "title:1..9 Title:>=2024", `field[title:"1..9"] field[Title:">=2024"]`},
		{"nothing in quotes has a meaning", `price:">10" price:"a*"`, `field[price:">10"] field[price:"a*"]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := query.Parse(test.text, isField)
			if got := show(q); got != test.want {
				t.Errorf("%q\n is   %s\n not  %s", test.text, got, test.want)
			}
			checkCanonical(t, q)
		})
	}
}

// checkCanonical tests that a query's canonical form is the same query.
func checkCanonical(t *testing.T, q query.Query) {
	t.Helper()
	if again := query.Parse(q.String(), isField); !reflect.DeepEqual(again, q) {
		t.Errorf("%q reads as\n     %s\n not %s", q.String(), show(again), show(q))
	}
}

func TestParseHasNoFieldsWithoutIsField(t *testing.T) {
	if got := show(query.Parse("topic:a", nil)); got != "words[topic:a]" {
		t.Error(got)
	}
}

func TestString(t *testing.T) {
	for text, want := range map[string]string{
		" a  +b \t“c d” ":        `a b "c d"`,
		"“a\" b”":                "“a\" b”",
		"«a\" b” c»":             "«a\" b” c»",
		"-title:“a b” price:1..": `-title:"a b" price:>=1`,
		`topic:"a*" topic:"a"`:   `topic:"a*" topic:a`,
		`topic:"\"b c"`:          `topic:"\"b c"`,
	} {
		q := query.Parse(text, isField)
		if got := q.String(); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
		checkCanonical(t, q)
	}
}

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		`how "soft boiled" eg* -salt`:      "how soft boiled eg",
		`a title:b Title:"c d" title:e* f`: "a b c d e f",
		`-title:b topic:c price:1..`:       "",
	} {
		if got := query.Parse(text, isField).Text(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "boiled eggs": true, `"boiled eggs`: true, "-5 - a:b": true,
		"-a": false, `"a"`: false, "ab*": false, "topic:a": false, "a -b": false,
	} {
		if got := query.Parse(text, isField).Plain(); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	q := query.Plain("  \"a\x00b\"  -c topic:d\n")
	if got, want := show(q), `words["a b" -c topic:d]`; got != want || !q.Plain() {
		t.Errorf("%s, want %s", got, want)
	}
}

// A query of any size has at most so many operators; what comes after them are words as they stand.
func TestMaxOperators(t *testing.T) {
	for _, one := range []string{`"a b" `, "-a ", "ab* ", "topic:a ", `c "a" `} {
		q := query.Parse(strings.Repeat(one, 10_000), isField)
		operators := 0
		for _, c := range q.Clauses {
			if c.Kind != query.Words || c.Not {
				operators++
			}
		}
		last := q.Clauses[len(q.Clauses)-1]
		if operators != query.MaxOperators || last.Kind != query.Words || last.Not || strings.Count(last.Text, "a") != 10_000-query.MaxOperators {
			t.Errorf("%q: %d operators, the last clause is of kind %d and has %d bytes", one, operators, last.Kind, len(last.Text))
		}
		checkCanonical(t, q)
	}
}

// Each of these would take hours if every token were compared with all that follows.
func TestParseTakesLinearTime(t *testing.T) {
	for _, one := range []string{`"a `, `"a" "`, "„a «b ", `"".`, `-"a `, `topic:"a `, `a"b `, `a".b`, "topic:", "*", "-", "\x00"} {
		query.Parse(strings.Repeat(one, 1_000_000/len(one)), isField)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`how "soft boiled" -salt boil* title:eggs`, `"a “b” "c`, `-topic:"a`, `price:>10..<20 price:..5`, `a" "b`, `„a" b” "c“ d`,
		`+"-a* +“`, `topic:">" topic:"a|b" topic:a|"b"`, "topic:* -topic:**", "\xff\x00-a", `"a". ".b" c".`, "煮* -煮", strings.Repeat(`"a" `, 70),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q := query.Parse(text, isField)
		checkCanonical(t, q)
		if q.Plain() && len(q.Clauses) > 1 {
			t.Errorf("%q: plain words are in %d clauses", text, len(q.Clauses))
		}
		if got, want := wordsOf(fmt.Sprint(said(q))), wordsOf(text); got != want {
			t.Errorf("%q: the clauses have %q, the text %q", text, got, want)
		}
	})
}

// said is all that a query has been told, in order.
func said(q query.Query) (texts []string) {
	for _, c := range q.Clauses {
		texts = append(texts, c.Text, c.Filter.Field)
		texts = append(texts, c.Filter.Values...)
		texts = append(texts, c.Filter.Prefix)
		for _, b := range []*query.Bound{c.Filter.Min, c.Filter.Max} {
			if b != nil {
				texts = append(texts, b.Value)
			}
		}
	}
	return texts
}

// wordsOf leaves the letters and digits of a text.
func wordsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
}
