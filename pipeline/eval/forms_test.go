package eval_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/pipeline/eval"
)

var herbs = eval.Judgments{
	Queries: []eval.Query{{ID: "q2", Text: `"keep" herbs, fresh`}, {ID: "q1", Text: "stain <b>"}},
	Qrels:   eval.Qrels{"q2": {"d1": 2, "a b": 0}, "q1": {"d9": -1}},
}

func read(t *testing.T, form eval.Form, text string) (eval.Judgments, []error) {
	t.Helper()
	j, warnings, err := eval.ReadJudgments(strings.NewReader(text), "file", form)
	if err != nil {
		t.Fatal(err)
	}
	return j, warnings
}

// What is written, to the byte: others read it.
func TestWriteJudgments(t *testing.T) {
	j := eval.Judgments{Queries: herbs.Queries, Qrels: eval.Qrels{"q2": {"d1": 2, "c": 0}, "q1": {"d9": -1}}}
	tests := map[eval.Form]string{
		eval.BEIR:   "query-id\tcorpus-id\tscore\nq2\tc\t0\nq2\td1\t2\nq1\td9\t-1\n",
		eval.TREC:   "q2 0 c 0\nq2 0 d1 2\nq1 0 d9 -1\n",
		eval.Quepid: "query,docid,rating\n\"\"\"keep\"\" herbs, fresh\",c,0\n\"\"\"keep\"\" herbs, fresh\",d1,2\nstain <b>,d9,-1\n",
		eval.JSONL: `{"query_id":"q2","query":"\"keep\" herbs, fresh","doc_id":"c","relevance":0}` + "\n" +
			`{"query_id":"q2","query":"\"keep\" herbs, fresh","doc_id":"d1","relevance":2}` + "\n" +
			`{"query_id":"q1","query":"stain <b>","doc_id":"d9","relevance":-1}` + "\n",
		eval.RankEval: `{
  "requests": [
    {
      "id": "q2",
      "request": {
        "query": {
          "match": {
            "text": {
              "query": "\"keep\" herbs, fresh"
            }
          }
        }
      },
      "ratings": [
        {
          "_index": "documents",
          "_id": "c",
          "rating": 0
        },
        {
          "_index": "documents",
          "_id": "d1",
          "rating": 2
        }
      ]
    },
    {
      "id": "q1",
      "request": {
        "query": {
          "match": {
            "text": {
              "query": "stain <b>"
            }
          }
        }
      },
      "ratings": [
        {
          "_index": "documents",
          "_id": "d9",
          "rating": -1
        }
      ]
    }
  ],
  "metric": {
    "dcg": {
      "k": 10,
      "normalize": true
    }
  }
}
`,
	}
	for form, want := range tests {
		var b strings.Builder
		if err := eval.WriteJudgments(&b, j, form); err != nil {
			t.Errorf("%s: %v", form, err)
		}
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("%s: %s", form, diff)
		}
		if got := eval.FormOf("file", []byte(b.String())); got != form {
			t.Errorf("%s is taken for %s", form, got)
		}
	}
}

// What was written is read as it was, as far as the form has a place for it.
func TestJudgmentsThereAndBack(t *testing.T) {
	for _, form := range []eval.Form{eval.BEIR, eval.RankEval, eval.JSONL} {
		var b strings.Builder
		if err := eval.WriteJudgments(&b, herbs, form); err != nil {
			t.Fatal(err)
		}
		got, warnings := read(t, form, b.String())
		mustSay(t, warnings)
		want := herbs
		if form == eval.BEIR { // which has no texts
			want = eval.Judgments{Queries: []eval.Query{{ID: "q2"}, {ID: "q1"}}, Qrels: herbs.Qrels}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", form, diff)
		}
	}
}

func TestJudgmentsThatAFormCannotHold(t *testing.T) {
	same := eval.Judgments{Queries: []eval.Query{{"a", "eggs"}, {"b", "eggs"}}}
	tests := []struct {
		form eval.Form
		j    eval.Judgments
		want string
	}{
		{eval.TREC, herbs, `query "q2", document "a b": white space in "a b"`},
		{eval.BEIR, eval.Judgments{Qrels: eval.Qrels{"a\tb": {"c": 1}}}, `a tab`},
		{eval.Quepid, eval.Judgments{Qrels: eval.Qrels{"a": {"c": 1}}}, `query "a" has no text`},
		{eval.Quepid, same, `queries "a" and "b" are both "eggs"`},
		{"xml", herbs, `no form "xml"`},
	}
	for _, test := range tests {
		if err := eval.WriteJudgments(&strings.Builder{}, test.j, test.form); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one that says %s", test.form, err, test.want)
		}
	}
	if _, _, err := eval.ReadJudgments(strings.NewReader(""), "x", "xml"); err == nil {
		t.Error("an unknown form was read")
	}
}

func TestReadTREC(t *testing.T) {
	j, warnings := read(t, eval.TREC, "1 0 d1 2\r\n1\t0\td2\t0\n\n1 0 d3\n2 0 d1 high\n1 0 d1 1\n1 0 d4 1.0\n")
	if got, want := fmt.Sprint(j), "{[{1 }] map[1:map[d1:1 d2:0 d4:1]]}"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	mustSay(t, warnings, "eval: file:4: 3 fields", `file:5: grade "high"`, `file:6: query "1", document "d1": grade 1, before it was 2`)
}

func TestReadQuepid(t *testing.T) {
	j, warnings := read(t, eval.Quepid, "\ufeffquery,docid,rating\nred wine,d1,3\n\"red\nwine\",d2,2.0\nnobody rated this\nred wine,d3,\n"+
		"red wine,d4,much\n,d5,1\nred wine,,1\na \"b,d6,1\nred wine,d7,0\n")
	want := eval.Judgments{
		Queries: []eval.Query{{"red_wine", "red wine"}, {"red_wine_2", "red\nwine"}, {"nobody_rated_this", "nobody rated this"}},
		Qrels:   eval.Qrels{"red_wine": {"d1": 3, "d7": 0}, "red_wine_2": {"d2": 2}},
	}
	if diff := cmp.Diff(want, j); diff != "" {
		t.Error(diff)
	}
	mustSay(t, warnings, `eval: file:7: grade "much"`, "file:8: a row without a query", "file:9: an empty ID", `file:10: bare "`)
}

// Other tools name and order the columns their own way.
func TestReadQuepidColumns(t *testing.T) {
	j, warnings := read(t, eval.Quepid, "Rating,Doc ID,Title,Query Text\n1,d1,Stains,red wine\n")
	mustSay(t, warnings)
	if j.Qrels["red_wine"]["d1"] != 1 {
		t.Errorf("%v", j)
	}
	j, warnings = read(t, eval.Quepid, "red wine,d1,1\n")
	mustSay(t, warnings, "file:1: a judgment where the header should be")
	if j.Qrels["red_wine"]["d1"] != 1 {
		t.Errorf("%v", j)
	}
}

func TestReadRankEval(t *testing.T) {
	const file = `{
  "metric": {"precision": {"k": 20}},
  "requests": [
    {"id": "match", "request": {"query": {"match": {"body": {"query": "red wine"}}}, "size": 3}, "ratings": [
      {"_index": "i", "_id": "d1", "rating": 3}, {"_index": "i", "_id": "d2"}, 7, {"_id": "d3", "rating": 1.5}]},
    {"id": "short", "request": {"query": {"bool": {"must": [{"match": {"body": "white wine"}}]}}}, "ratings": [{"_id": "d1", "rating": 0}]},
    {"id": "template", "template_id": "t", "params": {"text": "beer", "size": 3}, "ratings": []},
    {"ratings": []},
    "what",
    {"id": "match", "request": {"query": {"match_all": {}}}, "ratings": [{"_id": "d1", "rating": 2}]}
  ]
}`
	j, warnings := read(t, eval.RankEval, file)
	want := eval.Judgments{
		Queries: []eval.Query{{"match", "red wine"}, {"short", "white wine"}, {"template", "beer"}},
		Qrels:   eval.Qrels{"match": {"d1": 2}, "short": {"d1": 0}},
	}
	if diff := cmp.Diff(want, j); diff != "" {
		t.Error(diff)
	}
	mustSay(t, warnings, `eval: file:4: request "match", rating 2: want _id and rating`, `file:4: request "match", rating 3:`,
		`file:4: request "match", rating 4: grade "1.5"`, "file:8: a request without an id", "file:9: request:",
		`file:10: request "match", rating 1: query "match", document "d1": grade 2, before it was 3`)
}

func TestReadRankEvalThatIsNone(t *testing.T) {
	tests := []struct{ file, want string }{
		{"", `no JSON object with "requests"`},
		{"[]", `no JSON object with "requests"`},
		{"{}", `no "requests"`},
		{`{"requests": {}}`, `"requests" is no list`},
		{"{\"requests\": [\n{\"id\": \"a\"}\n", "eval: file: line 2: unexpected EOF"},
		{"{\"requests\": [\n{\"id\": a}]}", "eval: file: line 2: invalid character"},
	}
	for _, test := range tests {
		_, _, err := eval.ReadJudgments(strings.NewReader(test.file), "file", eval.RankEval)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %s", test.file, err, test.want)
		}
	}
}

func TestReadJSONL(t *testing.T) {
	j, warnings := read(t, eval.JSONL, `{"query_id": "1", "query": "red wine", "doc_id": "d1", "relevance": 2}
{"query": "beer", "doc_id": "d1", "relevance": 1.0}
{"query_id": "1", "doc_id": "d2", "relevance": "0"}
{"query_id": "1", "doc_id": "d3"}
{"query_id": "1", "query": "white wine", "doc_id": "d4", "relevance": 1}
{"query_id": 
`)
	want := eval.Judgments{
		Queries: []eval.Query{{"1", "red wine"}, {"beer", "beer"}},
		Qrels:   eval.Qrels{"1": {"d1": 2, "d2": 0, "d4": 1}, "beer": {"d1": 1}},
	}
	if diff := cmp.Diff(want, j); diff != "" {
		t.Error(diff)
	}
	mustSay(t, warnings, "eval: file:4: want query_id", `file:5: query "1" is "white wine", before it was "red wine"`, "file:6: ")
}

func TestReadQueriesWithTabs(t *testing.T) {
	queries, warnings, err := eval.ReadQueries(strings.NewReader("q1\tred wine\nq2\t\nq3 beer\n{\"_id\": \"q4\", \"text\": \"a\\tb\"}\n"), "q.tsv")
	if err != nil || fmt.Sprint(queries) != "[{q1 red wine} {q4 a\tb}]" {
		t.Errorf("%q, %v", queries, err)
	}
	mustSay(t, warnings, `q.tsv:2: query "q2" has no text`, "q.tsv:3: ")
	var b strings.Builder
	if err := eval.WriteQueries(&b, queries); err != nil || b.String() != `{"_id":"q1","text":"red wine"}`+"\n"+`{"_id":"q4","text":"a\tb"}`+"\n" {
		t.Errorf("%s, %v", b.String(), err)
	}
}

// A run that is written gives whoever reads it the same ranks, whatever its scores.
func TestWriteRun(t *testing.T) {
	run := eval.Run{
		"q2": {{"a", 0.5}, {"b", 0.5}, {"c", 0.7}, {"d", 0.5 - 1e-9}, {"e", -2}},
		"q1": {{"z", 3.25}},
		"q3": nil,
	}
	want := "q1 Q0 z 1 3.25 my_run\nq2 Q0 a 1 0.5 my_run\nq2 Q0 b 2 0.49999997 my_run\nq2 Q0 c 3 0.49999994 my_run\n" +
		"q2 Q0 d 4 0.4999999 my_run\nq2 Q0 e 5 -2 my_run\n"
	var b strings.Builder
	if err := eval.WriteRun(&b, run, "my run", eval.TREC); err != nil || b.String() != want {
		t.Errorf("%v\n%s", err, b.String())
	}
	for _, form := range []eval.Form{eval.TREC, eval.JSONL} {
		b.Reset()
		if err := eval.WriteRun(&b, run, "", form); err != nil {
			t.Fatal(err)
		}
		again, warnings, err := eval.ReadRun(strings.NewReader(b.String()), "run")
		if err != nil || show(again["q2"]) != "a b c d e" || len(again) != 2 {
			t.Errorf("%s: %v, %v", form, again, err)
		}
		mustSay(t, warnings)
	}
}

func TestRunsThatCannotBeWritten(t *testing.T) {
	for want, run := range map[string]eval.Run{
		`white space in "a b"`: {"q": {{"a b", 1}}},
		"score NaN":            {"q": {{"a", math.NaN()}}},
		"score -1e+300":        {"q": {{"a", -1e300}}},
		"score 1: give":        {"q": {{"a", -math.MaxFloat32}, {"b", 1}}},
	} {
		if err := eval.WriteRun(&strings.Builder{}, run, "", eval.TREC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if err := eval.WriteRun(&strings.Builder{}, nil, "", eval.BEIR); err == nil {
		t.Error("written as BEIR")
	}
}

func TestReadRun(t *testing.T) {
	const file = "1 Q0 a 1 2.5 x\n1 Q0 b 2 3.5 x\n1 Q0 c 3 2.5 x\n1 Q0 d x\n1 Q0 e 5 high x\n1 Q0 f 6 NaN x\n1 Q0 a 7 9 x\n" +
		`{"query_id": "2", "doc_id": "a", "rank": 1, "score": 1}` + "\n" + `{"query_id": "2", "doc_id": "b"}` + "\n"
	run, warnings, err := eval.ReadRun(strings.NewReader(file), "run")
	if err != nil || show(run["1"]) != "b c a" || show(run["2"]) != "a" {
		t.Errorf("%v, %v", run, err)
	}
	mustSay(t, warnings, "eval: run:4: 4 fields", `run:5: score "high"`, `run:6: score "NaN"`, `run:7: query "1" has document "a" again`,
		"run:9: want query_id, doc_id and score")
}

func TestFormOf(t *testing.T) {
	tests := []struct {
		name, head string
		want       eval.Form
	}{
		{"a.CSV", "", eval.Quepid}, {"a.jsonl", "", eval.JSONL}, {"a.json", "", eval.RankEval},
		{"qrels.tsv", "query-id\tcorpus-id\tscore\n1\ta\t1\n", eval.BEIR},
		{"qrels.tsv", "1\t0\ta\t1\n", eval.TREC},
		{"qrels.txt", "1 0 a 1", eval.TREC},
		{"-", "\ufeffquery,docid,rating\n", eval.Quepid},
		{"-", `{"query_id": "1"}` + "\n{", eval.JSONL},
		{"-", "{\n", eval.RankEval},
		{"-", "", eval.TREC},
	}
	for _, test := range tests {
		if got := eval.FormOf(test.name, []byte(test.head)); got != test.want {
			t.Errorf("%s, %q: %s, want %s", test.name, test.head, got, test.want)
		}
	}
}
