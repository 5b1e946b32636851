package eval_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/pipeline/eval"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
	"github.com/quern-search/quern/retrieve"
)

// searcher indexes the corpus of d and returns a pipeline over it as an evaluation wants it.
func searcher(tb testing.TB, d *eval.Dataset, model rerank.Scorer) *pipeline.Pipeline {
	tb.Helper()
	x, err := index.Create("", index.Config{Lang: d.Lang, Passages: index.Passages{Tokens: -1}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { x.Close() })
	var documents []index.Document
	for doc, err := range d.Documents() {
		if err != nil {
			tb.Fatal(err)
		}
		documents = append(documents, doc)
	}
	for batch := range slices.Chunk(documents, 1000) {
		if err := x.Put(tb.Context(), batch...); err != nil {
			tb.Fatal(err)
		}
	}
	bm25, err := retrieve.New(x, retrieve.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	p, err := pipeline.New(pipeline.Config{Retriever: bm25, Scorer: model, NoSkip: true, CacheBytes: -1})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// answers is a Searcher with ready answers, by the text of the query; it notes what it was asked.
type answers struct {
	hits  map[string][]pipeline.Hit
	asked *[]pipeline.Query
}

func (a answers) Search(_ context.Context, q pipeline.Query) (pipeline.Answer, error) {
	*a.asked = append(*a.asked, q)
	hits, ok := a.hits[q.Text]
	if !ok {
		return pipeline.Answer{}, errors.New("no such query")
	}
	status := pipeline.OK
	if q.Off {
		status = pipeline.Off
	}
	return pipeline.Answer{Hits: hits, Rerank: pipeline.Rerank{Status: status, Tokens: 100}, Stats: pipeline.Stats{RetrieveMS: 1, TotalMS: 9}}, nil
}

func hit(id string, rank int, bm25 float64, logit ...float64) pipeline.Hit {
	h := pipeline.Hit{ID: id, BM25: pipeline.BM25Score{Rank: rank, Score: bm25}}
	if logit != nil {
		h.Rerank = &pipeline.RerankScore{Logit: logit[0], Relevance: rerank.Score{Logit: logit[0]}.Relevance()}
	}
	return h
}

var three = []eval.System{{Name: "bm25"}, {Name: "model", Blend: 1}, {Name: "both", Blend: 0.3}}

func show(results []eval.Ranked) string {
	var list []string
	for _, r := range results {
		list = append(list, r.ID)
	}
	return strings.Join(list, " ")
}

// One pass of the model serves all systems.
func TestEvaluateOrdersEachAnswerForEachSystem(t *testing.T) {
	d := &eval.Dataset{
		Queries: []eval.Query{{"q1", "one"}, {"q2", "two"}},
		Qrels:   eval.Qrels{"q1": {"c": 1, "a": 0}, "q2": {"a": 1}},
	}
	s := answers{map[string][]pipeline.Hit{
		"one": {hit("a", 1, 10, -1), hit("b", 2, 9, 1), hit("c", 3, 2, 2), hit("d", 4, 1)},
		"two": {hit("a", 1, 10, 3), hit("b", 2, 9, 1)},
	}, new([]pipeline.Query)}
	var progress []string
	r, err := eval.Evaluate(t.Context(), d, s, eval.Config{
		Systems: three, Window: 3, Depth: 4, Metrics: []string{"RR@10", "Success@1", "RR@10"}, Instruct: "i",
		Progress: func(done, total int) { progress = append(progress, fmt.Sprint(done, "/", total)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		name, run     string
		rr1, rr2      float64
		tokens        int
		unjudged, p50 float64
	}{
		{"bm25", "a b c d", 1.0 / 3, 1, 0, 3.0 / 6, 1},
		{"model", "c b a d", 1, 1, 200, 3.0 / 6, 9},
		{"both", "b a c d", 1.0 / 3, 1, 200, 3.0 / 6, 9},
	}
	for i, w := range want {
		s := r.Systems[i]
		if s.Name != w.name || show(s.Run["q1"]) != w.run || s.Queries != 2 {
			t.Errorf("system %s over %d queries: %s, want %+v", s.Name, s.Queries, show(s.Run["q1"]), w)
		}
		if !slices.Equal(s.Values["RR@10"], []float64{w.rr1, w.rr2}) || math.Abs(s.Metrics["RR@10"].Mean-(w.rr1+w.rr2)/2) > 1e-12 {
			t.Errorf("%s: RR %v, mean %v", s.Name, s.Values["RR@10"], s.Metrics["RR@10"])
		}
		if s.Tokens != w.tokens || s.Unjudged != w.unjudged || s.Latency.P50 != w.p50 {
			t.Errorf("%s: %d tokens, %v unjudged, latency %+v; want %+v", s.Name, s.Tokens, s.Unjudged, s.Latency, w)
		}
	}
	if q := (*s.asked)[0]; len(*s.asked) != 2 || q.Window != 3 || q.TopN != 4 || q.Off || q.Instruct != "i" || !q.NoSnippets {
		t.Errorf("asked %+v", *s.asked)
	}
	if got := strings.Join(progress, " "); got != "1/2 2/2" {
		t.Errorf("progress %s", got)
	}
}

// One pass serves systems with smaller windows, and systems that leave hits out, too.
func TestEvaluateWindowsAndMinScores(t *testing.T) {
	d := &eval.Dataset{Queries: []eval.Query{{"q1", "one"}}, Qrels: eval.Qrels{"q1": {"c": 1}}}
	s := answers{map[string][]pipeline.Hit{"one": {hit("a", 1, 10, -1), hit("b", 2, 9, 1), hit("c", 3, 2, 2), hit("d", 4, 1)}}, new([]pipeline.Query)}
	systems := []eval.System{{Name: "3", Blend: 1}, {Name: "2", Blend: 1, Window: 2}, {Name: "sure", Blend: 1, MinScore: .8}, {Name: "bm25", MinScore: .8}}
	cfg := eval.Config{Systems: systems, Window: 3, Depth: 4, Metrics: []string{"RR@10"}}
	r, err := eval.Evaluate(t.Context(), d, s, cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"c b a d", "b a c d", "c d", "a b c d"} {
		if got := show(r.Systems[i].Run["q1"]); got != want {
			t.Errorf("%s: %s, want %s", systems[i].Name, got, want)
		}
	}
	if q := (*s.asked)[0]; q.TopN != 7 {
		t.Errorf("asked for %d, want 4, and 3 that may be left out", q.TopN)
	}
	cfg.Brief = true
	brief, err := eval.Evaluate(t.Context(), d, s, cfg)
	if err != nil || len(brief.Systems[0].Run) != 0 || brief.Systems[1].Metrics["RR@10"] != (eval.Estimate{Mean: 1.0 / 3}) {
		t.Errorf("%+v, %v", brief, err)
	}
}

// A document is left out of the results of the query that it is, as if the index had not had it.
func TestEvaluateSkipSelf(t *testing.T) {
	d := &eval.Dataset{Queries: []eval.Query{{"a", "one"}, {"z", "two"}}, Qrels: eval.Qrels{"a": {"c": 1}, "z": {"c": 1}}, SkipSelf: true}
	s := answers{map[string][]pipeline.Hit{
		"one": {hit("a", 1, 100, 9), hit("b", 2, 10, -9), hit("c", 3, 9, 5), hit("d", 4, 1)},
		"two": {hit("b", 1, 10, 1), hit("c", 2, 9, 2), hit("d", 3, 1, 8), hit("e", 4, 1)},
	}, new([]pipeline.Query)}
	r, err := eval.Evaluate(t.Context(), d, s, eval.Config{Systems: three, Window: 2, Depth: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ one, two string }{
		{"b c d", "b c d"},
		{"c b d", "c b d"}, // the window of "two" ends before d, since nothing was left out there
		{"c b d", "b c d"}, // both: 0.3 relevance + 0.7 bm25/10
	} {
		run := r.Systems[i].Run
		if show(run["a"]) != want.one || show(run["z"]) != want.two {
			t.Errorf("%s: %s and %s, want %+v", r.Systems[i].Name, show(run["a"]), show(run["z"]), want)
		}
	}
	if q := (*s.asked)[0]; q.Window != 3 || q.TopN != 4 {
		t.Errorf("asked %+v, want one more of each", q)
	}
}

func TestEvaluateWithoutAModel(t *testing.T) {
	d := open(t, folder())
	r, err := eval.Evaluate(t.Context(), d, searcher(t, d, nil), eval.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Statuses[pipeline.Off] != 2 || r.Window != 0 || r.LeftOut != 1 || len(r.Systems) != 1 {
		t.Errorf("report %+v", r)
	}
	if got := r.Systems[0].Metrics["RR@10"].Mean; got != 1 {
		t.Errorf("RR@10 is %v, want 1: BM25 has both right", got)
	}
	if len(r.Warnings) != 1 {
		t.Errorf("warnings %v, want that of the dataset", r.Warnings)
	}
}

func TestEvaluateWarnsOfAModelThatFails(t *testing.T) {
	d := open(t, folder())
	fake := &reranktest.Fake{Trouble: reranktest.Fails, After: 1}
	r, err := eval.Evaluate(t.Context(), d, searcher(t, d, fake), eval.Config{Systems: three})
	if err != nil {
		t.Fatal(err)
	}
	if last := r.Warnings[len(r.Warnings)-1]; !strings.Contains(last, "2 of 2 queries were not judged to the end") || !strings.Contains(last, "connection refused") {
		t.Errorf("warnings %q", r.Warnings)
	}
}

func TestEvaluateRefuses(t *testing.T) {
	d := &eval.Dataset{Queries: []eval.Query{{"q1", "one"}}, Qrels: eval.Qrels{"q1": {"a": 1}}}
	s := answers{nil, new([]pipeline.Query)}
	tests := []struct {
		cfg  eval.Config
		want string
	}{
		{eval.Config{}, `query "q1": no such query`},
		{eval.Config{Metrics: []string{"F1"}}, `metric "F1": unknown`},
		{eval.Config{Window: -1}, "window -1"},
		{eval.Config{Systems: []eval.System{{Name: "x", Blend: 2}}}, `system "x": blend is 2`},
		{eval.Config{Systems: []eval.System{{Name: "x", MinScore: 2}}}, `system "x": min_score is 2`},
		{eval.Config{Systems: []eval.System{{Name: "x", Window: 51}}}, `system "x": window is 51: give 0 to 50`},
	}
	for _, test := range tests {
		if _, err := eval.Evaluate(t.Context(), d, s, test.cfg); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one that says %q", err, test.want)
		}
	}
}

// A store changes neither scores nor times of a second evaluation, only who gives them.
func TestEvaluateWithAStore(t *testing.T) {
	d := open(t, folder())
	path := filepath.Join(t.TempDir(), "scores.db")
	var documents []string
	var reports []*eval.Report
	for range 2 {
		s := store(t, path, "1")
		model := asked(&documents)
		model.Delay = 5 * time.Millisecond
		r, err := eval.Evaluate(t.Context(), d, searcher(t, d, s.Scorer(model)), eval.Config{Systems: three, Store: s})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		reports = append(reports, r)
	}
	first, second := reports[0], reports[1]
	if first.Known != 0 || second.Known != len(documents) || len(documents) == 0 {
		t.Errorf("%d scores were known, then %d; the model was asked of %d documents", first.Known, second.Known, len(documents))
	}
	for i, s := range second.Systems {
		if diff := cmp.Diff(first.Systems[i].Values, s.Values); diff != "" {
			t.Errorf("%s: %s", s.Name, diff)
		}
		if s.Blend > 0 && (s.Latency.P50 < 5 || s.Tokens != first.Systems[i].Tokens) {
			t.Errorf("%s: latency %+v, %d tokens; the first time %+v, %d", s.Name, s.Latency, s.Tokens, first.Systems[i].Latency, first.Systems[i].Tokens)
		}
	}
}

// A run that was saved is worth what it was when it was made.
// A run is measured to its end, however far down a metric looks.
func TestEvaluateRunIsNotCut(t *testing.T) {
	d := open(t, folder())
	run := eval.Run{}
	for _, q := range d.Queries {
		for i := range 500 {
			run[q.ID] = append(run[q.ID], eval.Ranked{ID: fmt.Sprint("nothing", i), Score: float64(1000 - i)})
		}
		for id := range d.Qrels[q.ID] {
			run[q.ID] = append(run[q.ID], eval.Ranked{ID: id, Score: 1})
		}
	}
	r, err := eval.EvaluateRun(d, "deep", run, eval.Config{Metrics: []string{"R@100", "R@1000", "AP"}})
	if err != nil {
		t.Fatal(err)
	}
	if m := r.Systems[0].Metrics; m["R@100"].Mean != 0 || m["R@1000"].Mean != 1 || m["AP"].Mean == 0 {
		t.Errorf("relevant from rank 501 on: %v", m)
	}
}

func TestEvaluateRun(t *testing.T) {
	d := open(t, folder())
	r, err := eval.Evaluate(t.Context(), d, searcher(t, d, &reranktest.Fake{}), eval.Config{Systems: three, PerQuery: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Systems {
		var b strings.Builder
		if err := eval.WriteRun(&b, s.Run, s.Name, eval.TREC); err != nil {
			t.Fatal(err)
		}
		run, _, err := eval.ReadRun(strings.NewReader(b.String()), s.Name)
		if err != nil {
			t.Fatal(err)
		}
		again, err := eval.EvaluateRun(d, s.Name, run, eval.Config{PerQuery: true})
		if err != nil {
			t.Fatal(err)
		}
		got := again.Systems[0]
		if diff := cmp.Diff(s.Metrics, got.Metrics); diff != "" || got.Unjudged != s.Unjudged || len(again.Warnings) != 1 {
			t.Errorf("%s: %s, warnings %q", s.Name, diff, again.Warnings)
		}
		if diff := cmp.Diff(s.PerQuery, got.PerQuery); diff != "" || got.PerQuery["q1"]["nDCG@10"] != got.Values["nDCG@10"][0] {
			t.Errorf("%s: %s", s.Name, diff)
		}
		delete(run, "q1")
		again, err = eval.EvaluateRun(d, s.Name, run, eval.Config{})
		if err != nil || again.Systems[0].Values["RR@10"][0] != 0 || !strings.Contains(again.Warnings[1], "nothing for 1 of 2 queries") {
			t.Errorf("%s without q1: %v, %v, %v", s.Name, again.Systems[0].Values, again.Warnings, err)
		}
	}
	d.SkipSelf = true
	again, err := eval.EvaluateRun(d, "self", eval.Run{"q1": {{"q1", 2}, {"d2", 1}}}, eval.Config{})
	if err != nil || again.Systems[0].Values["RR@10"][0] != 1 {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestEvaluateWarnsOfUnjudgedResults(t *testing.T) {
	d := &eval.Dataset{Queries: []eval.Query{{"q1", "one"}}, Qrels: eval.Qrels{"q1": {"b": 1, "c": 0}}}
	s := answers{map[string][]pipeline.Hit{"one": {hit("a", 1, 3, -9), hit("b", 2, 2, 1), hit("c", 3, 1, 2)}}, new([]pipeline.Query)}
	r, err := eval.Evaluate(t.Context(), d, s, eval.Config{Systems: three, Window: 3, Depth: 2})
	if err != nil || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "50 % of bm25 are not judged and 0 % of model") {
		t.Errorf("%q, %v", r.Warnings, err)
	}
}

// Other tools read this form.
func TestReportJSON(t *testing.T) {
	d := open(t, folder())
	r, err := eval.Evaluate(t.Context(), d, searcher(t, d, nil), eval.Config{Metrics: []string{"RR@10"}})
	if err != nil {
		t.Fatal(err)
	}
	r.Systems[0].Latency, r.Warnings = eval.Latency{}, []string{}
	got, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"systems":[{"name":"bm25","blend":0,"metrics":{"RR@10":{"mean":1,"ci":[1,1]}},"queries":2,` +
		`"unjudged":0.4,"latency_ms":{"p50":0,"p90":0,"p99":0,"max":0},"tokens":0}],` +
		`"metrics":["RR@10"],"queries_left_out":1,"window":0,"depth":100,"seed":0,"statuses":{"off":2},"known_scores":0,"warnings":[]}`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// BM25 over public collections, against values measured with another program of the same formula and analyzer.
func TestBM25OnCollections(t *testing.T) {
	const folder = "../../../shared/data/"
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("no collections: put them into %s to run this", folder)
	}
	if testing.Short() {
		t.Skip("takes seconds: leave out -short to run this")
	}
	for name, want := range map[string]float64{"cranfield": 0.365, "med": 0.689} {
		t.Run(name, func(t *testing.T) {
			d, err := eval.Open(os.DirFS(folder + name))
			if err != nil {
				t.Fatal(err)
			}
			r, err := eval.Evaluate(t.Context(), d, searcher(t, d, nil), eval.Config{Metrics: []string{"nDCG@10"}})
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Systems[0].Metrics["nDCG@10"].Mean; math.Abs(got-want) > 0.0006 || len(r.Warnings) != 0 {
				t.Errorf("nDCG@10 %.4f, want %.3f; warnings %q", got, want, r.Warnings)
			}
		})
	}
}

func Example() {
	dataset, err := eval.Open(fstest.MapFS{
		"corpus.jsonl": {Data: []byte(`{"_id": "d1", "text": "Soup keeps for three days."}
{"_id": "d2", "text": "Stand herbs in water to keep them fresh."}`)},
		"queries.jsonl":  {Data: []byte(`{"_id": "q1", "text": "keep herbs fresh"}`)},
		"qrels/test.tsv": {Data: []byte("query-id\tcorpus-id\tscore\nq1\td2\t1\n")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := index.Create("", index.Config{Lang: dataset.Lang, Passages: index.Passages{Tokens: -1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()
	for document, err := range dataset.Documents() {
		if err == nil {
			err = x.Put(context.Background(), document)
		}
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	bm25, _ := retrieve.New(x, retrieve.Config{})
	p, _ := pipeline.New(pipeline.Config{Retriever: bm25, NoSkip: true})
	report, err := eval.Evaluate(context.Background(), dataset, p, eval.Config{Metrics: []string{"nDCG@10"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range report.Systems {
		fmt.Printf("%s: nDCG@10 %.3f over %d query\n", s.Name, s.Metrics["nDCG@10"].Mean, s.Queries)
	}
	// Output: bm25: nDCG@10 1.000 over 1 query
}
