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
