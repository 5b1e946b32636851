package corpus_test

import (
	"fmt"
	"testing/fstest"

	"github.com/quern-search/quern/index/corpus"
)

func Example() {
	tree := fstest.MapFS{
		"tea/green.md": {Data: []byte("# Green tea\n\nLet *boiled* water [cool](cool.md).\n")},
		"notes.jsonl":  {Data: []byte("{\"_id\": \"1\", \"text\": \"Warm the pot.\", \"lang\": \"en\"}\n{broken\n")},
	}
	for d, err := range corpus.FS(tree) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s | %s | %s | %s | %v\n", d.ID, d.Title, d.Body, d.URL, d.Fields)
	}
	// Output:
	// 1 |  | Warm the pot. |  | map[lang:en]
	// corpus: notes.jsonl:2: invalid character 'b' looking for beginning of object key string
	// tea/green | Green tea | Let boiled water cool. | tea/green.md | map[]
}

// A shop's export has names of its own, and drafts that nobody should find.
func ExampleReader() {
	tree := fstest.MapFS{
		".quernignore":   {Data: []byte("drafts/\n")},
		"drafts/new.csv": {Data: []byte("sku,name\n9,Not yet\n")},
		"products.csv":   {Data: []byte("sku,name,description,price\nk-7,Kettle,\"Steel, 1 l\",25.00\n")},
	}
	r := corpus.Reader{
		Fields:  corpus.Fields{ID: "sku", Title: "name", Text: "description"},
		Include: []string{"*.csv", "*.csv.gz"},
	}
	for d, err := range r.FS(tree) {
		fmt.Printf("%s | %s | %s | %v | %v\n", d.ID, d.Title, d.Body, d.Fields, err)
	}
	// Output:
	// k-7 | Kettle | Steel, 1 l | map[price:25.00] | <nil>
}
