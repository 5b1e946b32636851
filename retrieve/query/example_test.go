package query_test

import (
	"fmt"
	"slices"

	"github.com/quern-search/quern/retrieve/query"
)

func ExampleParse() {
	isField := func(name string) bool { return name == "topic" || name == "title" }
	q := query.Parse(`how long "soft boiled" title:eggs -topic:"easter fun" eg*  +10:30`, isField)
	for _, c := range q.Clauses {
		fmt.Printf("%-7v not %-5v %q %v\n", c.Kind, c.Not, c.Text, c.Filter.Values)
	}
	fmt.Println(q.Text())
	fmt.Println(q)
	// Output:
	// words   not false "how long" []
	// phrase  not false "soft boiled" []
	// field   not false "" [eggs]
	// field   not true  "" [easter fun]
	// prefix  not false "eg" []
	// words   not false "+10:30" []
	// how long soft boiled eggs eg +10:30
	// how long "soft boiled" title:eggs -topic:"easter fun" eg* +10:30
}

func ExampleParseFilter() {
	for _, text := range []string{"topic:billing|refunds", "price:10..<20", "updated:>=2024", "price:20..10"} {
		f, err := query.ParseFilter(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(f, f.Match("Billing"), f.Match("12.50"), f.Match("2024-05-01"))
	}
	// Output:
	// topic:billing|refunds true false false
	// price:10..<20 false true false
	// updated:>=2024 false false true
	// query: filter "price:20..10": the range ends before it begins: write 10..20
}

func ExampleParseSort() {
	latest, err := query.ParseSort("-updated")
	if err != nil {
		fmt.Println(err)
	}
	dates := []string{"2024-05", "", "2024-05-01T08:00:00+02:00", "2023", "2024-05-01T07:00:00Z"}
	slices.SortFunc(dates, latest.Compare)
	fmt.Printf("%s: %q\n", latest, dates)
	// Output:
	// -updated: ["2024-05-01T07:00:00Z" "2024-05-01T08:00:00+02:00" "2024-05" "2023" ""]
}
