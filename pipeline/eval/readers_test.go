package eval_test

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/quern-search/quern/pipeline/eval"
)

func messages(errs []error) (list []string) {
	for _, err := range errs {
		list = append(list, err.Error())
	}
	return list
}

// mustSay checks that there are just these warnings, by a part of each.
func mustSay(t *testing.T, warnings []error, want ...string) {
	t.Helper()
	got := messages(warnings)
	if len(got) != len(want) {
		t.Fatalf("warnings\n%s\nwant %d", strings.Join(got, "\n"), len(want))
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("warning %q does not say %q", got[i], want[i])
		}
	}
}

func TestReadQueries(t *testing.T) {
	const file = "\ufeff" + `{"_id": "1", "text": "first", "kind": "ordinary"}` + "\r\n\n" +
		`{"_id": "2", "text": ` + "\n" +
		`{"_id": "", "text": "nameless"}` + "\n" +
		`{"_id": "3"}` + "\n" +
		`{"_id": "1", "text": "again"}` + "\n" +
		`{"_id": 4, "text": "a number"}` + "\n" +
		`{"_id": "5", "text": "last"}`
	queries, warnings, err := eval.ReadQueries(strings.NewReader(file), "q.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if want := []eval.Query{{"1", "first"}, {"5", "last"}}; !slices.Equal(queries, want) {
		t.Errorf("queries %v, want %v", queries, want)
	}
	mustSay(t, warnings, "eval: q.jsonl:3: unexpected end", "q.jsonl:4: no _id", `q.jsonl:5: query "3" has no text`,
		`q.jsonl:6: query "1" again`, "q.jsonl:7: ")
}

func TestReadQrels(t *testing.T) {
	const file = "query-id\tcorpus-id\tscore\r\nq1\td1\t2\r\nq1\td2\t0\n\nq1 d3 1\nq2\td1\t-1\n\td1\t1\nq2\td2\t1.5\n" +
		"q2\td3\t1\textra\nq1\td1\t2\nq1\td2\t3\n"
	qrels, warnings, err := eval.ReadQrels(strings.NewReader(file), "test.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(qrels), "map[q1:map[d1:2 d2:3] q2:map[d1:-1]]"; got != want {
		t.Errorf("qrels %s, want %s", got, want)
	}
	mustSay(t, warnings, "eval: test.tsv:5: 1 fields", "test.tsv:7: an empty ID", `test.tsv:8: grade "1.5"`, "test.tsv:9: 4 fields",
		`test.tsv:11: query "q1", document "d2": grade 3, before it was 0`)
}

func TestReadQrelsWithoutHeader(t *testing.T) {
	qrels, warnings, err := eval.ReadQrels(strings.NewReader("q1\td1\t1\nq1\td2\t1\n"), "test.tsv")
	if err != nil || len(qrels["q1"]) != 2 {
		t.Errorf("qrels %v, %v: want both lines", qrels, err)
	}
	mustSay(t, warnings, "test.tsv:1: a judgment where the header should be")
}

func TestWarningsAreBoundedAndCounted(t *testing.T) {
	_, warnings, err := eval.ReadQrels(strings.NewReader("header\n"+strings.Repeat("x\n", 1234)), "test.tsv")
	if err != nil || len(warnings) != 101 {
		t.Fatalf("%d warnings, %v", len(warnings), err)
	}
	mustSay(t, warnings[100:], "test.tsv: 1134 more lines are wrong")
}

func TestLineTooLong(t *testing.T) {
	_, _, err := eval.ReadQueries(strings.NewReader("\n"+strings.Repeat("x", 17<<20)), "q.jsonl")
	if err == nil || !strings.Contains(err.Error(), "q.jsonl:2: more than 16 MiB in one line") {
		t.Errorf("error %v", err)
	}
}

// folder is a small dataset: q1 and q2 have relevant documents, q3 has not, and q9 is judged but missing.
func folder() fstest.MapFS {
	return fstest.MapFS{
		"corpus.jsonl": {Data: []byte(`{"_id": "d1", "title": "Keeping soup", "text": "Soup keeps for three days."}
{"_id": "d2", "title": "Fresh herbs", "text": "Stand herbs in water to keep them fresh."}
{"_id": "d3", "title": "Red wine stains", "text": "Salt keeps a fresh stain from drying."}
`)},
		"queries.jsonl": {Data: []byte(`{"_id": "q1", "text": "keep herbs fresh"}
{"_id": "q2", "text": "fresh stain"}
{"_id": "q3", "text": "chess"}
`)},
		"qrels/test.tsv": {Data: []byte("query-id\tcorpus-id\tscore\nq1\td2\t2\nq1\td1\t1\nq2\td3\t1\nq3\td1\t0\nq9\td1\t1\n")},
	}
}

func open(t *testing.T, fsys fs.FS) *eval.Dataset {
	t.Helper()
	d, err := eval.Open(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOpen(t *testing.T) {
	d := open(t, folder())
	if len(d.Queries) != 2 || d.Queries[1].ID != "q2" || d.LeftOut != 1 || d.Lang != "" || d.SkipSelf {
		t.Errorf("%+v", d)
	}
	mustSay(t, d.Warnings, "1 judged queries have no text, and are left out")
	for range 2 { // the corpus can be read more than once
		n := 0
		for doc, err := range d.Documents() {
			if err != nil || doc.Title == "" {
				t.Errorf("%+v, %v", doc, err)
			}
			n++
		}
		if n != 3 {
			t.Errorf("%d documents", n)
		}
	}
	special := folder()
	special["lang"], special["skip-self"] = &fstest.MapFile{Data: []byte("de\n")}, &fstest.MapFile{}
	if d := open(t, special); d.Lang != "de" || !d.SkipSelf {
		t.Errorf("lang %q, skip-self %v", d.Lang, d.SkipSelf)
	}
}

// Judgments may come from elsewhere, with texts of their own or with those of the folder.
func TestOpenJudged(t *testing.T) {
	fsys := folder()
	delete(fsys, "qrels/test.tsv")
	j := eval.Judgments{
		Queries: []eval.Query{{"q3", ""}, {"mine", "red wine"}, {"nowhere", ""}},
		Qrels:   eval.Qrels{"q3": {"d1": 1}, "mine": {"d3": 1}, "nowhere": {"d1": 1}},
	}
	d, err := eval.OpenJudged(fsys, j)
	if err != nil || !slices.Equal(d.Queries, []eval.Query{{"q3", "chess"}, {"mine", "red wine"}}) {
		t.Errorf("%+v, %v", d, err)
	}
	mustSay(t, d.Warnings, "1 judged queries have no text")
	d, err = eval.NewDataset(j)
	if err != nil || !slices.Equal(d.Queries, []eval.Query{{"mine", "red wine"}}) {
		t.Errorf("%+v, %v", d, err)
	}
	for range d.Documents() {
		t.Error("a document")
	}
}

func TestOpenRefuses(t *testing.T) {
	tests := []struct{ file, data, want string }{
		{"corpus.jsonl", "", "corpus.jsonl"}, {"queries.jsonl", "", "queries.jsonl"}, {"qrels/test.tsv", "", "qrels/test.tsv"},
		{"qrels/test.tsv", "q1\td1\t0\n", "none of 3 queries has a relevant document"},
	}
	for _, test := range tests {
		fsys := maps.Clone(folder())
		delete(fsys, test.file)
		if test.data != "" {
			fsys[test.file] = &fstest.MapFile{Data: []byte(test.data)}
		}
		if _, err := eval.Open(fsys); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one that says %q", err, test.want)
		}
	}
}

// Whatever a file holds, each line that is not blank is a query or a warning.
func FuzzReadQueries(f *testing.F) {
	f.Add([]byte(`{"_id": "1", "text": "first"}` + "\n" + `{"_id": "1"}`))
	f.Add([]byte("\xef\xbb\xbf{}\r\n\x00\n[]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		queries, warnings, err := eval.ReadQueries(strings.NewReader(string(data)), "q")
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, q := range queries {
			if q.ID == "" || q.Text == "" || seen[q.ID] {
				t.Errorf("query %+v", q)
			}
			seen[q.ID] = true
		}
		if lines := count(data); lines <= 100 && lines != len(queries)+len(warnings) {
			t.Errorf("%d lines, %d queries, %d warnings", lines, len(queries), len(warnings))
		}
	})
}

func FuzzReadQrels(f *testing.F) {
	f.Add([]byte("query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td1\t2\n"))
	f.Add([]byte("q\td\t9223372036854775808\r\n\t\t\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		qrels, warnings, err := eval.ReadQrels(strings.NewReader(string(data)), "q")
		if err != nil {
			return
		}
		pairs := 0
		for query, judged := range qrels {
			if query == "" || len(judged) == 0 {
				t.Errorf("query %q: %v", query, judged)
			}
			pairs += len(judged)
		}
		if lines := count(data); lines < pairs || lines <= 100 && len(warnings) > lines {
			t.Errorf("%d lines, %d pairs, %d warnings", lines, pairs, len(warnings))
		}
	})
}

// count counts the lines that are not blank.
func count(data []byte) (n int) {
	for i, line := range strings.Split(string(data), "\n") {
		if i == 0 {
			line = strings.TrimPrefix(strings.TrimSuffix(line, "\r"), "\ufeff")
		}
		if strings.TrimSpace(line) != "" {
			n++
		}
	}
	return n
}
