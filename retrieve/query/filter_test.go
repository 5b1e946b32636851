package query_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/quern-search/quern/retrieve/query"
)

func in(value string) *query.Bound  { return &query.Bound{Value: value} }
func out(value string) *query.Bound { return &query.Bound{Value: value, Exclusive: true} }

func TestParseFilter(t *testing.T) {
	for _, test := range []struct {
		text      string
		want      query.Filter
		canonical string // empty: as text
	}{
		{"topic:billing", query.Filter{Field: "topic", Values: []string{"billing"}}, ""},
		{" topic : two words ", query.Filter{Field: "topic", Values: []string{"two words"}}, "topic:two words"},
		{`author:"Jane Doe"`, query.Filter{Field: "author", Values: []string{"Jane Doe"}}, "author:Jane Doe"},
		{"url:http://x:1/", query.Filter{Field: "url", Values: []string{"http://x:1/"}}, ""},
		{"topic:billing | refunds|billing", query.Filter{Field: "topic", Values: []string{"billing", "refunds", "billing"}}, "topic:billing|refunds|billing"},
		{`topic:"a|b"|c`, query.Filter{Field: "topic", Values: []string{"a|b", "c"}}, ""},
		{`topic:""`, query.Filter{Field: "topic", Values: []string{""}}, ""},
		{`topic:"a\"b\\c\d"`, query.Filter{Field: "topic", Values: []string{`a"b\c\d`}}, `topic:a"b\c\d`},
		{`topic:"\"a"|" b"`, query.Filter{Field: "topic", Values: []string{`"a`, " b"}}, ""},
		{`size:5"`, query.Filter{Field: "size", Values: []string{`5"`}}, ""},
		{`path:C:\temp`, query.Filter{Field: "path", Values: []string{`C:\temp`}}, ""},
		{`topic:"a*"|"1..2"|">1"|"-1"`, query.Filter{Field: "topic", Values: []string{"a*", "1..2", ">1", "-1"}}, `topic:"a*"|"1..2"|">1"|-1`},
		{"topic:bill*", query.Filter{Field: "topic", Prefix: "bill"}, ""},
		{"topic:*", query.Filter{Field: "topic"}, ""},
		{"price:10..20", query.Filter{Field: "price", Min: in("10"), Max: in("20")}, ""},
		{"price:10 .. 20", query.Filter{Field: "price", Min: in("10"), Max: in("20")}, "price:10..20"},
		{"price:>10..<20", query.Filter{Field: "price", Min: out("10"), Max: out("20")}, ""},
		{"price:>=10..<=20", query.Filter{Field: "price", Min: in("10"), Max: in("20")}, "price:10..20"},
		{"price:10..", query.Filter{Field: "price", Min: in("10")}, "price:>=10"},
		{"price:..<20", query.Filter{Field: "price", Max: out("20")}, "price:<20"},
		{"price:> 10", query.Filter{Field: "price", Min: out("10")}, "price:>10"},
		{"updated:>=2024-01-01", query.Filter{Field: "updated", Min: in("2024-01-01")}, ""},
		{"updated:2024-01-01T10:00:00Z..2024-01-01 12:00", query.Filter{Field: "updated", Min: in("2024-01-01T10:00:00Z"), Max: in("2024-01-01 12:00")}, ""},
		{"name:Inc. .. z", query.Filter{Field: "name", Min: in("Inc."), Max: in("z")}, "name:Inc. ..z"},
		{"name:a..m", query.Filter{Field: "name", Min: in("a"), Max: in("m")}, ""},
	} {
		got, err := query.ParseFilter(test.text)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q is %+v, %v, want %+v", test.text, got, err, test.want)
			continue
		}
		canonical := test.canonical
		if canonical == "" {
			canonical = test.text
		}
		if got.String() != canonical {
			t.Errorf("%q is written %q, want %q", test.text, got.String(), canonical)
		}
		if again, err := query.ParseFilter(canonical); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%q reads as %+v, %v", canonical, again, err)
		}
	}
}

func TestParseFilterErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "no field: write field:value, as in topic:billing",
		"topic":                 "no field: write",
		":billing":              "no field: write",
		"topic:":                `no value: write field:value, field:"" for the empty value`,
		"topic:a|":              "no value",
		"topic:|a":              "no value",
		"topic:a|b*":            `no range and no prefix can stand beside "|"`,
		"topic:*|a":             "no range and no prefix",
		"price:1..2|5":          "no range and no prefix",
		"topic:a*b":             "a star means something only at the end",
		"topic:**":              "a star",
		"price:1..*":            "a star",
		`topic:"a`:              "the quote does not end the value",
		`topic:"a" b`:           "the quote does not end the value",
		`topic:"a"*`:            "the quote does not end the value",
		"price:..":              "a range needs a number, a date or a text: write 10..20",
		"price:>":               "a range needs",
		"price:>=..20":          "a range needs",
		"price:....":            "an end of a range cannot begin with",
		"price:1..2..3":         "an end of a range cannot begin with",
		"price:> =5":            "an end of a range cannot begin with",
		"price:>>5":             "an end of a range cannot begin with",
		"name:>=>a..b":          "an end of a range cannot begin with",
		`name:>="a..b`:          "an end of a range cannot begin with",
		"price:20..10":          "the range ends before it begins: write 10..20",
		"updated:2025..2024-12": "the range ends before it begins: write 2024-12..2025",
		"price:1..2024-05":      "the ends of the range are not of one kind",
		"price:1..b":            "not of one kind",
		"price:a..2":            "not of one kind",
		"Title:a..b":            "titles have words and no order",
		"topic:\xff":            "not valid UTF-8",
	} {
		_, err := query.ParseFilter(text)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "query: filter ") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		filter  string
		yes, no []string
	}{
		{"topic:Billing|refunds", []string{"billing", "BILLING", "Refunds"}, []string{"", "bill", "billing "}},
		{"city:KÖLN", []string{"Köln", "köln"}, []string{"Koln", "Koeln"}},
		{`topic:""`, []string{""}, []string{"a"}},
		{"topic:*", []string{"", "a"}, nil},
		{"topic:bil*", []string{"bil", "Billing"}, []string{"bi", "", "abil"}},
		{"unit:k*", []string{"K1", "\u212a1"}, []string{"1"}}, // the sign for kelvin is a K of three bytes

		// Values are text, ranges are numbers.
		{"id:007", []string{"007"}, []string{"7", "07", "7.0"}},
		{"price:12.5", []string{"12.5"}, []string{"12.50"}},
		{"price:12.5..12.5", []string{"12.5", "12.50", "+12.5", "1.25e1"}, []string{"12.51", "12,5", "a", ""}},
		{"price:>10", []string{"10.01", "100", "1e6"}, []string{"10", "10.0", "9", "-11", "n/a", "NaN", "Inf", "0x20", "1_000", "2024-05-01"}},
		{"price:>=10", []string{"10", "10.0"}, []string{"9.99"}},
		{"price:..<-1", []string{"-2"}, []string{"-1", "0"}},

		// The span of a date.
		{"updated:2024", []string{"2024", "2024-05-01", "2024-12", "2024-12-31T23:59:59Z"}, []string{"2025", "2023-12-31", "20240", "2024.5"}},
		{"updated:2024-05-01", []string{"2024-05-01", "2024-05-01 10:00"}, []string{"2024-05", "2024", "2024-05-02"}},
		{"updated:..2024", []string{"2023-01-01", "2024", "2024-12-31", "2024-12-31T23:59:59.9Z"}, []string{"2025", "2025-01-01", "someday"}},
		{"updated:>2024", []string{"2025", "2025-01-01T00:00:00Z"}, []string{"2024-12-31", "2024-06"}},
		{"updated:<2024", []string{"2023-12-31"}, []string{"2024-01-01", "2024"}},
		{"updated:>=2024", []string{"2024-01-01", "2024"}, []string{"2023-12"}},
		{"updated:2024-02..2024-03-10", []string{"2024-02", "2024-02-01", "2024-02-29", "2024-03-10T23:59"}, []string{"2024-01-31", "2024-03-11", "2024"}},
		{"updated:2024-05-01..2024-05-01", []string{"2024-05-01", "2024-05-01 10:00:00", "2024-05"}, []string{"2024-05-02", "2024", "2024-06"}},
		{"updated:<=2024-05-01T10:00", []string{"2024-05-01T10:00:59Z"}, []string{"2024-05-01T10:01:00Z"}},
		{"updated:<=2024-05-01T10:00:00Z", []string{"2024-05-01T10:00:00.5Z"}, []string{"2024-05-01T10:00:01Z"}},
		{"updated:<=2024-05-01T10:00:00.5Z", []string{"2024-05-01T10:00:00.5Z"}, []string{"2024-05-01T10:00:00.500000001Z"}},

		// Instants, whatever the zone; none is UTC.
		{"updated:2024-05-01T12:00+02:00..2024-05-01T10:00Z", []string{"2024-05-01T10:00:00Z", "2024-05-01T05:00:00-05:00", "2024-05-01T10:00:00"}, []string{"2024-05-01T12:00:00Z"}},
		{"updated:>=2024-05-01", []string{"2024-04-30T23:00:00-02:00"}, []string{"2024-05-01T01:00:00+02:00"}},

		// A bound that is both is what the value is.
		{"when:>2024", []string{"2025", "99999", "2025-01-01"}, []string{"5", "2024-06-01"}},
		{"when:2023..2024-06", []string{"2023-05-01", "2024"}, []string{"2024-07", "2025", "2022"}}, // 2024-06 is no number, so that 2024 is a year to it

		// Text.
		{"name:b..M", []string{"b", "Bob", "m", "lz"}, []string{"a", "ma", "ABC", ""}},
		{"name:>b", []string{"ba", "c"}, []string{"b", "B", "1"}},

		// No dates.
		{"updated:>=2000", []string{"2024-02-29"}, []string{"2023-02-29", "2024-13", "2024-5-1", "24-05-01", "2024-05-01T", "2024-05-01T25:00", "May 2024", "2024-05-01T10:00:00Zx"}},
	} {
		f, err := query.ParseFilter(test.filter)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range test.yes {
			if !f.Match(v) {
				t.Errorf("%s does not match %q", test.filter, v)
			}
		}
		for _, v := range test.no {
			if f.Match(v) {
				t.Errorf("%s matches %q", test.filter, v)
			}
		}
	}
}

// All conditions of a filter must hold.
func TestMatchAll(t *testing.T) {
	f := query.Filter{Field: "price", Values: []string{"10", "11", "20"}, Prefix: "1", Min: in("10"), Max: out("11")}
	for value, want := range map[string]bool{"10": true, "11": false, "20": false, "10.5": false} {
		if got := f.Match(value); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}

// Upper and lower case are what strings.EqualFold says, for every character.
func TestMatchIsFold(t *testing.T) {
	for r := rune(0); r <= 0x1ffff; r++ {
		for _, other := range []rune{unicode.SimpleFold(r), unicode.ToLower(r), unicode.ToUpper(r), r + 1} {
			f := query.Filter{Values: []string{"two", string(r)}}
			if got, want := f.Match(string(other)), strings.EqualFold(string(r), string(other)); got != want {
				t.Errorf("%U is %U: %t, want %t", r, other, got, want)
			}
		}
	}
}

// A filter of many values is no slower for it: they are looked at once.
func TestMatcherHasManyValues(t *testing.T) {
	f := query.Filter{Field: "n"}
	for i := range 20_000 {
		f.Values = append(f.Values, fmt.Sprint("Value ", i))
	}
	matches, found := f.Matcher(), 0
	for i := range 40_000 {
		if matches(fmt.Sprint("vALUE ", i)) {
			found++
		}
	}
	if found != len(f.Values) {
		t.Errorf("%d match, want %d", found, len(f.Values))
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, text := range []string{`topic:"a|\"b"|c`, "price:>10..<=20", "a:b*", "a:*", `a:"\\"|""`, "a:2024..2025-05", "a:..b", "a:>=", "é:É|ß", "a:....", "a:> =5", `a:>="x..b`, "a:x. ..y"} {
		f.Add(text, "2024-05-01")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		filter, err := query.ParseFilter(text)
		if err != nil {
			return
		}
		again, err := query.ParseFilter(filter.String())
		if err != nil || !reflect.DeepEqual(again, filter) {
			t.Errorf("%q is written %q, which reads as %+v, %v", text, filter, again, err)
		}
		if filter.Match(value) != again.Match(value) {
			t.Errorf("%q: %q matches or not", text, value)
		}
		for _, v := range filter.Values {
			if !filter.Match(v) {
				t.Errorf("%q does not match its own value %q", text, v)
			}
		}
		if b := filter.Min; b != nil && filter.Max == nil && filter.Match(b.Value) == b.Exclusive {
			t.Errorf("%q: its own end %q matches: %v", text, b.Value, b.Exclusive)
		}
	})
}
