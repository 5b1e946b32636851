package eval_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/pipeline/eval"
)

// Whatever a file of judgments holds, what is read from it has IDs, and comes back when it is written as JSONL, the form
// that has a place for every text.
func fuzzForm(f *testing.F, form eval.Form, seeds ...string) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		j, warnings, err := eval.ReadJudgments(strings.NewReader(string(data)), "file", form)
		if err != nil {
			return
		}
		pairs := 0
		for query, judged := range j.Qrels {
			pairs += len(judged)
			if _, empty := judged[""]; query == "" || empty || len(judged) == 0 {
				t.Errorf("query %q: %v", query, judged)
			}
		}
		if lines := count(data); form == eval.TREC && (lines < pairs || lines <= 100 && len(warnings) > lines) {
			t.Errorf("%d lines, %d pairs, %d warnings", lines, pairs, len(warnings))
		}
		if !utf8.Valid(data) {
			return // JSON has no place for other bytes
		}
		var b strings.Builder
		if err := eval.WriteJudgments(&b, j, eval.JSONL); err != nil {
			t.Fatal(err)
		}
		again, warnings, err := eval.ReadJudgments(strings.NewReader(b.String()), "again", eval.JSONL)
		if err != nil || len(warnings) > 0 {
			t.Fatalf("%v, %v, of\n%s", err, warnings, b.String())
		}
		if diff := cmp.Diff(j.Qrels, again.Qrels); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzReadTREC(f *testing.F) {
	fuzzForm(f, eval.TREC, "1 0 d1 2\n1 0 d2 0\n", "1 0 d1\r\n\t\x00 0 \xff -1\n", "1 0 d1 2\n1 0 d1 3.0\n")
}

func FuzzReadQuepid(f *testing.F) {
	fuzzForm(f, eval.Quepid, "query,docid,rating\nred wine,d1,3\n\"red\nwine\",d2,2.0\n", "a,b,c\n\"", "rating,query,docid\n1,,\n,\x00,x\n")
}

func FuzzReadRankEval(f *testing.F) {
	fuzzForm(f, eval.RankEval, `{"requests": [{"id": "1", "request": {"query": {"match": {"t": "x"}}}, "ratings": [{"_id": "d", "rating": 1}]}]}`,
		`{"requests": [{"id": "", "params": {"a": "b"}}, 7, null], "metric": {}}`, `{"requests": null}`)
}

func FuzzReadJSONL(f *testing.F) {
	fuzzForm(f, eval.JSONL, `{"query_id": "1", "query": "x", "doc_id": "d", "relevance": 1}`+"\n", `{"query": "x", "doc_id": "d", "relevance": 1e3}`+"\nnull\n")
}

// A run that was read and written has the same ranks when it is read again.
func FuzzReadRun(f *testing.F) {
	f.Add([]byte("1 Q0 a 1 2.5 x\n1 Q0 b 2 2.5 x\n"))
	f.Add([]byte(`{"query_id": "2", "doc_id": "a", "score": 1e40}` + "\n" + `{"query_id": "2", "doc_id": "b", "score": -0.0}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		run, warnings, err := eval.ReadRun(strings.NewReader(string(data)), "run")
		if err != nil {
			return
		}
		results := 0
		for query, list := range run {
			results += len(list)
			if query == "" || len(list) == 0 {
				t.Errorf("query %q: %v", query, list)
			}
		}
		if lines := count(data); lines <= 100 && lines != results+len(warnings) {
			t.Errorf("%d lines, %d results, %d warnings", lines, results, len(warnings))
		}
		var b strings.Builder
		if eval.WriteRun(&b, run, "x", eval.TREC) != nil {
			return // white space in an ID, which JSON has room for, or scores at the end of what 32 bits hold
		}
		again, warnings, err := eval.ReadRun(strings.NewReader(b.String()), "again")
		if err != nil || len(warnings) > 0 || len(again) != len(run) {
			t.Fatalf("%v, %v, of\n%s", err, warnings, b.String())
		}
		for query, list := range run {
			if show(list) != show(again[query]) {
				t.Errorf("query %q: %s, again %s", query, show(list), show(again[query]))
			}
		}
	})
}
