package corpus

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/index"
)

// read gives what a corpus of one file holds.
func read(name, text string, fields Fields) ([]index.Document, string) {
	return collect(Reader{Fields: fields}.FS(fstest.MapFS{name: {Data: []byte(text)}}))
}

func TestCSV(t *testing.T) {
	type doc = index.Document
	shop := Fields{ID: "sku", Title: "headline", Text: "body", URL: "link"}
	tests := []struct {
		name, file, in string
		fields         Fields
		want           []doc
		errs           string
	}{
		{"nothing", "a.csv", "", Fields{}, nil, ""},
		{"a header alone", "a.csv", "id,text\n", Fields{}, nil, ""},
		{"BEIR's names, in any case", "a.csv", "\ufeffID, Title ,TEXT,url,price\r\n1,T,B,/u,2.50\r\n", Fields{},
			[]doc{{ID: "1", Title: "T", Body: "B", URL: "/u", Fields: map[string]any{"price": "2.50"}}}, ""},
		{"other names", "a.csv", "sku,headline,body,link,id\n7,T,B,/u,x\n", shop,
			[]doc{{ID: "7", Title: "T", Body: "B", URL: "/u", Fields: map[string]any{"id": "x"}}}, ""},
		{"one column twice", "a.csv", "link,text\n/u,B\n", Fields{ID: "link", URL: "link"}, []doc{{ID: "/u", Body: "B", URL: "/u"}}, ""},
		{"quotes, with lines and commas in them", "a.csv", "id,text\n1,\"a, \"\"b\"\"\n\nc\"\n\n2,d", Fields{}, []doc{{ID: "1", Body: "a, \"b\"\n\nc"}, {ID: "2", Body: "d"}}, ""},
		{"semicolons", "a.csv", "id;text\n1;a, b\n", Fields{}, []doc{{ID: "1", Body: "a, b"}}, ""},
		{"tabs", "a.tsv", "id\ttext\n1\ta, b; c\n2\t\"d\te\"\n", Fields{}, []doc{{ID: "1", Body: "a, b; c"}, {ID: "2", Body: "d\te"}}, ""},
		{"a column without a name", "a.csv", ",id,text\n0,1,a\n", Fields{}, []doc{{ID: "1", Body: "a"}}, ""},
		{"reading goes on behind what is broken", "a.csv", "id,text\n1,a,b\n2,b\n3,a\"b\n4\n\n\"5\"x,\n,e\n6,\xff\n7,g\n", Fields{}, []doc{{ID: "2", Body: "b"}, {ID: "7", Body: "g"}},
			`corpus: a.csv:2: 3 fields, where the header row has 2: put quotes around a text with the separator in it
corpus: a.csv:4: a quote within a field, or one that is not closed: write it twice, and put quotes around the field
corpus: a.csv:5: 1 fields, where the header row has 2: put quotes around a text with the separator in it
corpus: a.csv:7: a quote within a field, or one that is not closed: write it twice, and put quotes around the field
corpus: a.csv:8: no "_id": give every document one of its own, or name the key that has it
corpus: a.csv:9: not valid UTF-8: convert the file first
`},
		{"a quote that is never closed", "a.csv", "id,text\n1,a\n2,\"b\n3,c\n", Fields{}, []doc{{ID: "1", Body: "a"}},
			"corpus: a.csv:3: a quote is opened here and not closed well until line 4: nothing up to there could be read\n"},
		{"a record too long", "a.csv", "id,text\n1,a\n\n2,\"" + strings.Repeat("x\n", maxDocument), Fields{}, []doc{{ID: "1", Body: "a"}},
			"corpus: a.csv:3: more than 16 MiB: cut the text into several documents\n"},
		{"no column for the ID", "a.csv", "sku,text\n1,a\n", Fields{}, nil,
			`corpus: a.csv:1: no column "_id" or "id" in the header row, which begins ["sku" "text"]: name the column that stands for it` + "\n"},
		{"no column for text", "a.csv", "id,price\n1,2\n", Fields{}, nil,
			`corpus: a.csv:1: no column "title" or "text" or "body" in the header row, which begins ["id" "price"]: name the column that stands for it` + "\n"},
		{"a column that was named and is not there", "a.csv", "id,text\n1,a\n", Fields{URL: "link"}, nil,
			`corpus: a.csv:1: no column "link" in the header row, which begins ["id" "text"]: name the column that stands for it` + "\n"},
		{"a column that is there twice", "a.csv", "id,ID,text\n1,2,a\n", Fields{}, nil, "corpus: a.csv:1: two columns \"id\": rename one\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			docs, errs := read(test.file, test.in, test.fields)
			if diff := cmp.Diff(test.want, docs); diff != "" {
				t.Errorf("documents (-want +got)\n%.2000s", diff)
			}
			if errs != test.errs {
				t.Errorf("errors\n%swant\n%s", errs, test.errs)
			}
		})
	}
}

func TestFieldsOfJSONL(t *testing.T) {
	fields := Fields{ID: "sku", Title: "headline", Text: "body", URL: "link"}
	docs, errs := read("a.jsonl", `{"sku": 7, "headline": "T", "body": "B", "link": "/u", "_id": "x", "tags": ["a"]}
{"sku": 8, "headline": "no body"}
{"sku": 9, "title": "T", "text": "B"}
{"_id": "10", "body": "B"}
`, fields)
	want := []index.Document{
		{ID: "7", Title: "T", Body: "B", URL: "/u", Fields: map[string]any{"_id": "x", "tags": []any{"a"}}},
		{ID: "8", Title: "no body"},
	}
	if diff := cmp.Diff(want, docs); diff != "" {
		t.Errorf("documents (-want +got)\n%s", diff)
	}
	if want := `corpus: a.jsonl:3: neither "headline" nor "body" has text: name the keys that have it
corpus: a.jsonl:4: no "sku": give every document one of its own, or name the key that has it
`; errs != want {
		t.Errorf("errors\n%swant\n%s", errs, want)
	}
}

// FuzzCSV: any bytes, separated by anything, give documents with an ID, of valid text, and errors with a place; lines rise.
func FuzzCSV(f *testing.F) {
	f.Add([]byte("id,title,text\n1,a,\"b\n\"\"c\"\"\"\n2,,\n"), true)
	f.Add([]byte("\xef\xbb\xbfsku;url\r\n\"1;2\r\n3;4"), false)
	f.Fuzz(func(t *testing.T, data []byte, tabs bool) {
		parse, last := parseCSV, 0
		if tabs {
			parse = parseTSV
		}
		for _, fields := range []Fields{{}, {ID: "sku", Text: "url", URL: "url"}} {
			last = 0
			parse(strings.NewReader(string(data)), fields, func(line int, d index.Document, err error) bool {
				if line <= last {
					t.Errorf("line %d after line %d", line, last)
				}
				last = line
				if err != nil {
					return true
				}
				all, err := json.Marshal(d)
				if err != nil || d.ID == "" || !utf8.ValidString(d.ID+d.Title+d.Body+d.URL) || !utf8.Valid(all) {
					t.Errorf("%+v: %v", d, err)
				}
				return true
			})
		}
		if lines := strings.Count(string(data), "\n") + 1; last > lines {
			t.Errorf("line %d of %d", last, lines)
		}
	})
}
