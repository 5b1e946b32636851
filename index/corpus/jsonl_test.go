package corpus

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/index"
)

// collect gives the documents of a corpus, and its errors as lines.
func collect(seq iter.Seq2[index.Document, error]) (docs []index.Document, errs string) {
	for d, err := range seq {
		if err != nil {
			errs += err.Error() + "\n"
			continue
		}
		docs = append(docs, d)
	}
	return docs, errs
}

func TestJSONL(t *testing.T) {
	type doc = index.Document
	tests := []struct {
		name, in string
		want     []doc
		errs     string
	}{
		{"nothing", "", nil, ""},
		{"blank lines", "\n \r\n\t\n", nil, ""},
		{"BEIR's keys", `{"_id": "1", "title": "T", "text": "B", "url": "/u"}`, []doc{{ID: "1", Title: "T", Body: "B", URL: "/u"}}, ""},
		{"the other keys", `{"id": "1", "body": "B"}`, []doc{{ID: "1", Body: "B"}}, ""},
		{"both: the other is a field", `{"_id": "1", "id": "2", "text": "B", "body": "C"}`,
			[]doc{{ID: "1", Body: "B", Fields: map[string]any{"id": "2", "body": "C"}}}, ""},
		{"fields as they came", `{"_id": "1", "n": 9007199254740993, "l": [1.50, null, {"x": "ü"}], "e": ""}`,
			[]doc{{ID: "1", Fields: map[string]any{"n": json.Number("9007199254740993"), "e": "",
				"l": []any{json.Number("1.50"), nil, map[string]any{"x": "ü"}}}}}, ""},
		{"numbers and null for text", `{"_id": 17, "title": null, "text": 4}`, []doc{{ID: "17", Body: "4"}}, ""},
		{"duplicate keys: the last", `{"_id": "1", "_id": "2"}`, []doc{{ID: "2"}}, ""},
		{"byte order mark, CRLF, no last newline", "\ufeff{\"_id\": \"1\"}\r\n{\"_id\": \"2\"}", []doc{{ID: "1"}, {ID: "2"}}, ""},
		{"reading goes on behind what is broken", "{\"_id\": \"1\"}\n{\"_id\"\n\n[]\nnull\n7\n{} {}\n{\"text\": \"x\"}\n{\"_id\": \"9\"}",
			[]doc{{ID: "1"}, {ID: "9"}}, `corpus: in:2: the object does not end on its line
corpus: in:4: json: cannot unmarshal array into Go value of type map[string]interface {}
corpus: in:5: null is no document
corpus: in:6: json: cannot unmarshal number into Go value of type map[string]interface {}
corpus: in:7: more than one value: write one document a line
corpus: in:8: no "_id": give every document one of its own, or name the key that has it
`},
		{"text of another kind", `{"_id": "1", "title": {}, "text": ["x"]}`, nil, "corpus: in:1: \"title\" is not a string\n\"text\" is not a string\n"},
		{"not UTF-8", "{\"_id\": \"1\"}\n{\"_id\": \"caf\xe9\"}\n{\"_id\": \"3\"}", []doc{{ID: "1"}, {ID: "3"}},
			"corpus: in:2: not valid UTF-8: convert the file first\n"},
		{"a line too long", `{"_id": "1"}` + "\n" + `{"_id": "` + strings.Repeat("x", maxDocument) + "\"}\n{\"_id\": \"3\"}", []doc{{ID: "1"}, {ID: "3"}},
			"corpus: in:2: more than 16 MiB: cut the text into several documents\n"},
		{"a last line too long", strings.Repeat("x", maxDocument+1), nil, "corpus: in:1: more than 16 MiB: cut the text into several documents\n"},
		{"a line as long as may be", `{"_id": "` + strings.Repeat("x", maxDocument-12) + "\"}\n", []doc{{ID: strings.Repeat("x", maxDocument-12)}}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			docs, errs := collect(JSONL(strings.NewReader(test.in), "in"))
			if diff := cmp.Diff(test.want, docs); diff != "" {
				t.Errorf("documents (-want +got)\n%.2000s", diff)
			}
			if errs != test.errs {
				t.Errorf("errors\n%swant\n%s", errs, test.errs)
			}
		})
	}
}

func TestJSONLStopsAtAReadError(t *testing.T) {
	in := io.MultiReader(strings.NewReader("{\"_id\": \"1\"}\n{\"_id\""), iotest.ErrReader(errors.New("disk on fire")))
	docs, errs := collect(JSONL(in, "in"))
	if len(docs) != 1 || errs != "corpus: in:2: disk on fire\n" {
		t.Errorf("got %v, %q", docs, errs)
	}
}

func TestTheCallerMayStop(t *testing.T) {
	for range JSONL(strings.NewReader("{\"_id\": \"1\"}\nbroken\n"), "in") {
		break // going on would panic
	}
}

// FuzzJSONL: any bytes give documents and errors, one for each line that is not blank; each document has an ID and can
// be written as JSON and read again.
func FuzzJSONL(f *testing.F) {
	f.Add([]byte("{\"_id\": \"1\", \"title\": \"T\", \"text\": \"B\", \"n\": [1e400, -0, \"\\ud800\"]}\r\n\n{\"id\": 2}"))
	f.Add([]byte("\xef\xbb\xbf{}\n{\"_id\":\"\\u0000\"}\n\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		n := 0
		for d, err := range JSONL(strings.NewReader(string(data)), "in") {
			n++
			if err != nil {
				if !strings.HasPrefix(err.Error(), "corpus: in:") {
					t.Errorf("an error without a place: %v", err)
				}
				continue
			}
			keys := map[string]any{"_id": d.ID, "title": d.Title, "text": d.Body, "url": d.URL}
			for k, v := range d.Fields {
				keys[k] = v
			}
			again, err := json.Marshal(keys)
			if err != nil || d.ID == "" {
				t.Fatalf("%+v: %v", d, err)
			}
			if _, taken := d.Fields["id"]; taken {
				continue // the longer key is looked at first
			}
			got, errs := collect(JSONL(strings.NewReader(string(again)), "again"))
			if errs != "" || len(got) != 1 || cmp.Diff(d, got[0]) != "" {
				t.Errorf("%+v\nread again: %+v %s", d, got, errs)
			}
		}
		lines := 0
		for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
			if strings.TrimSpace(line) != "" {
				lines++
			}
		}
		if n != lines {
			t.Errorf("%d documents and errors of %d lines", n, lines)
		}
	})
}
