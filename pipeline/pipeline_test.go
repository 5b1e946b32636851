package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
)

func TestNewRefuses(t *testing.T) {
	ok := pipeline.Config{Retriever: found(1)}
	tests := []struct {
		change func(*pipeline.Config)
		want   string
	}{
		{func(c *pipeline.Config) { c.Retriever = nil }, "no retriever"},
		{func(c *pipeline.Config) { c.Window = -1 }, "window is -1"},
		{func(c *pipeline.Config) { c.Window = 1e9 }, "window is 1000000000"},
		{func(c *pipeline.Config) { c.TopN = -2 }, "top_n is -2"},
		{func(c *pipeline.Config) { c.Deadline = -time.Second }, "deadline is -1s"},
		{func(c *pipeline.Config) { c.MinScore = 1.5 }, "min_score is 1.5"},
		{func(c *pipeline.Config) { c.MinScore = math.NaN() }, "min_score is NaN"},
		{func(c *pipeline.Config) { c.Blend = -0.1 }, "blend is -0.1"},
		{func(c *pipeline.Config) { c.FallbackAfter = -time.Second }, "fallback_after is -1s"},
		{func(c *pipeline.Config) { c.FallbackAfter = 15 * time.Second }, "fallback_after is 15s: give a time below the deadline, which is 15s"},
		{func(c *pipeline.Config) { c.Fallback = []rerank.Scorer{&reranktest.Fake{}} }, "a fallback without a model"},
		{func(c *pipeline.Config) { c.Scorer, c.Fallback = &reranktest.Fake{}, []rerank.Scorer{nil} }, "a fallback without a model"},
	}
	for _, test := range tests {
		cfg := ok
		test.change(&cfg)
		if _, err := pipeline.New(cfg); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one that says %q", err, test.want)
		}
	}
}

func TestSearchRefuses(t *testing.T) {
	p := open(t, pipeline.Config{Retriever: found(3)})
	for _, q := range []pipeline.Query{{Window: -1}, {TopN: 1e6}, {Blend: 2}, {MinScore: math.Inf(1)}, {Deadline: -1}, {Offset: -1}, {Offset: math.MaxInt}, {Offset: 9_991, TopN: 10}} {
		if _, err := p.Search(t.Context(), q); !errors.Is(err, pipeline.ErrQuery) {
			t.Errorf("%+v: error %v, want an ErrQuery", q, err)
		}
	}
	if _, err := p.Search(t.Context(), pipeline.Query{Text: "unreadable"}); !errors.Is(err, errUnreadable) {
		t.Errorf("error %v, want that of the retriever", err)
	}
}

// How many candidates are judged, how many hits come back, and what follows what.
func TestWindowAndTopN(t *testing.T) {
	tests := []struct {
		name                  string
		candidates, window, n int
		want                  string
		asked, judged         int
	}{
		{"the best of the window", 9, 5, 3, "d5* d4* d3*", 5, 5},
		{"window and top alike", 9, 3, 3, "d3* d2* d1*", 3, 3},
		{"top beyond the window", 9, 2, 4, "d2* d1* d3 d4", 4, 2},
		{"fewer candidates than the window", 3, 50, 10, "d3* d2* d1*", 3, 3},
		{"defaults", 80, 0, 0, "d50* d49* d48* d47* d46* d45* d44* d43* d42* d41*", 50, 50},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fake := &reranktest.Fake{Judge: upsideDown}
			a := search(t, pipeline.Config{Retriever: found(test.candidates), Scorer: fake},
				pipeline.Query{Text: "q", Window: test.window, TopN: test.n})
			if got := ids(a.Hits); got != test.want {
				t.Errorf("hits %s, want %s", got, test.want)
			}
			r := a.Rerank
			if r.Status != pipeline.OK || r.Reason != "" || r.Model != "fake" || r.Judged != test.judged || r.Window != test.judged || r.Blend != 1 {
				t.Errorf("rerank %+v", r)
			}
			if a.Stats.Candidates != test.asked {
				t.Errorf("%d candidates, want %d", a.Stats.Candidates, test.asked)
			}
		})
	}
}

func TestOffAndSkipped(t *testing.T) {
	fake := &reranktest.Fake{Judge: upsideDown}
	name := found(3)
	name[0].Document.Title = "ERR-1234"
	words := found(3)
	words[0].Document.Title = "Python"
	tests := []struct {
		name   string
		cfg    pipeline.Config
		query  pipeline.Query
		status pipeline.Status
		reason string
		want   string
	}{
		{"no model", pipeline.Config{Retriever: found(3)}, pipeline.Query{Text: "q"}, pipeline.Off, "there is no model", "d1 d2 d3"},
		{"no model, top 2", pipeline.Config{Retriever: found(3), TopN: 2}, pipeline.Query{Text: "q"}, pipeline.Off, "there is no model", "d1 d2"},
		{"switched off", pipeline.Config{Retriever: found(3), Scorer: fake}, pipeline.Query{Text: "q", Off: true}, pipeline.Off, "reranking was turned off for this query", "d1 d2 d3"},
		{"nothing found", pipeline.Config{Retriever: found(0), Scorer: fake}, pipeline.Query{Text: "q"}, pipeline.Skipped, "no candidates", ""},
		{"nothing found, no skipping", pipeline.Config{Retriever: found(0), Scorer: fake, NoSkip: true}, pipeline.Query{Text: "q"}, pipeline.Skipped, "no candidates", ""},
		{"one found", pipeline.Config{Retriever: found(1), Scorer: fake}, pipeline.Query{Text: "q"}, pipeline.Skipped, "one candidate", "d1"},
		{"one found, no skipping", pipeline.Config{Retriever: found(1), Scorer: fake, NoSkip: true}, pipeline.Query{Text: "q"}, pipeline.OK, "", "d1*"},
		{"one found, a minimal score", pipeline.Config{Retriever: found(1), Scorer: fake}, pipeline.Query{Text: "q", MinScore: 0.1}, pipeline.OK, "", "d1*"},
		{"the ID of the first", pipeline.Config{Retriever: found(3), Scorer: fake}, pipeline.Query{Text: " d1 "}, pipeline.Skipped, "the query is the exact identifier of the first candidate", "d1 d2 d3"},
		{"the ID of another", pipeline.Config{Retriever: found(3), Scorer: fake}, pipeline.Query{Text: "d2"}, pipeline.OK, "", "d3* d2* d1*"},
		{"a name as title", pipeline.Config{Retriever: name, Scorer: fake}, pipeline.Query{Text: "err-1234"}, pipeline.Skipped, "the query is the exact identifier of the first candidate", "d1 d2 d3"},
		{"a name as title, no skipping", pipeline.Config{Retriever: name, Scorer: fake, NoSkip: true}, pipeline.Query{Text: "err-1234"}, pipeline.OK, "", "d3* d2* d1*"},
		{"a word as title", pipeline.Config{Retriever: words, Scorer: fake}, pipeline.Query{Text: "Python"}, pipeline.OK, "", "d3* d2* d1*"},
		{"words as title", pipeline.Config{Retriever: found(3), Scorer: fake}, pipeline.Query{Text: "Title of d1"}, pipeline.OK, "", "d3* d2* d1*"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := search(t, test.cfg, test.query)
			if a.Rerank.Status != test.status || a.Rerank.Reason != test.reason {
				t.Errorf("status %s, %q; want %s, %q", a.Rerank.Status, a.Rerank.Reason, test.status, test.reason)
			}
			if got := ids(a.Hits); got != test.want {
				t.Errorf("hits %s, want %s", got, test.want)
			}
			if test.status != pipeline.OK && (a.Rerank.Window != 0 || a.Rerank.Judged != 0 || a.Rerank.Blend != 0) {
				t.Errorf("rerank %+v: nothing was to be judged", a.Rerank)
			}
			if a.Hits == nil {
				t.Error("hits are null")
			}
		})
	}
}

func TestMinScore(t *testing.T) {
	fake := &reranktest.Fake{Judge: func(_ rerank.Task, d string) float64 { return float64(number(d)) - 3 }} // d3 has 0.5
	a := search(t, pipeline.Config{Retriever: found(6), Scorer: fake, MinScore: 0.5}, pipeline.Query{Text: "q", Window: 4, TopN: 6})
	if got, want := ids(a.Hits), "d4* d3* d5 d6"; got != want { // d1 and d2 judged too low; d5 and d6 not judged
		t.Errorf("hits %s, want %s", got, want)
	}
	if a.Rerank.Judged != 4 {
		t.Errorf("%d judged, want 4: what is left out was judged too", a.Rerank.Judged)
	}
	a = search(t, pipeline.Config{Retriever: found(3), Scorer: fake, MinScore: 0.1}, pipeline.Query{Text: "q", MinScore: 0.99})
	if len(a.Hits) != 0 || a.Hits == nil {
		t.Errorf("hits %v, want none, yet not null", a.Hits)
	}
}

// Pages are parts of one list: of the judged candidates, without those that the model finds too little relevant, and then
// of the others.
func TestPages(t *testing.T) {
	fake := &reranktest.Fake{Judge: upsideDown} // relevance .98, .95, .88, .73
	for _, test := range []struct {
		offset   int
		minScore float64
		want     string
	}{
		{0, 0, "d4* d3*"},
		{2, 0, "d2* d1*"},
		{3, 0, "d1* d5"},
		{5, 0, "d6"},
		{6, 0, ""},
		{9_998, 0, ""},
		{0, 0.9, "d4* d3*"},
		{1, 0.9, "d3* d5"},
		{3, 0.9, "d6"},
	} {
		a := search(t, pipeline.Config{Retriever: found(6), Scorer: fake},
			pipeline.Query{Text: "q", Window: 4, TopN: 2, Offset: test.offset, MinScore: test.minScore})
		if got := ids(a.Hits); got != test.want || a.Total != 6 || a.Offset != test.offset || a.Hits == nil {
			t.Errorf("from %d, at least %v: %q of %d, want %q", test.offset, test.minScore, got, a.Total, test.want)
		}
	}
}

func TestInstructAndTextsReachTheModel(t *testing.T) {
	var seen []rerank.Task
	fake := &reranktest.Fake{Judge: func(t rerank.Task, d string) float64 { seen = append(seen, t); return 0 }}
	cfg := pipeline.Config{Retriever: found(2), Scorer: fake, Instruct: "mine"}
	search(t, cfg, pipeline.Query{Text: "q"})
	search(t, cfg, pipeline.Query{Text: "q", Instruct: "yours"})
	if seen[0].Instruct != "mine" || seen[2].Instruct != "yours" {
		t.Errorf("instructions %q and %q", seen[0].Instruct, seen[2].Instruct)
	}
	if got, want := strings.Join(seen[0].Documents, "|"), "Title of d1\nbody|Title of d2\nbody"; got != want {
		t.Errorf("documents %q, want %q", got, want)
	}
}

func TestSnippets(t *testing.T) {
	p := open(t, pipeline.Config{Retriever: found(4), Scorer: &reranktest.Fake{Judge: upsideDown}})
	a, err := p.Search(t.Context(), pipeline.Query{Text: "q", TopN: 1})
	if err != nil || a.Hits[0].Snippet != "<mark>q</mark> in d4" {
		t.Errorf("%+v, %v", a.Hits, err)
	}
	if a.Hits[0].Highlights != nil || a.Hits[0].TitleHTML != "" {
		t.Errorf("highlights that nobody asked for: %+v", a.Hits[0])
	}
	a, err = p.Search(t.Context(), pipeline.Query{Text: "q", Highlights: 2})
	if h := a.Hits[0]; err != nil || len(h.Highlights) != 2 || h.Highlights[0] != h.Snippet || h.TitleHTML != "<mark>Title of d4</mark>" {
		t.Errorf("two highlights: %+v, %v", a.Hits[0], err)
	}
	a, err = p.Search(t.Context(), pipeline.Query{Text: "q", NoSnippets: true})
	if err != nil || a.Hits[0].Snippet != "" {
		t.Errorf("%+v, %v", a.Hits, err)
	}
}

func TestCallerGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	fake := &reranktest.Fake{Judge: func(rerank.Task, string) float64 { cancel(); return 0 }}
	_, err := open(t, pipeline.Config{Retriever: found(3), Scorer: fake}).Search(ctx, pipeline.Query{Text: "q"})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the caller's context", err)
	}
}

func TestLog(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{Level: slog.LevelInfo}))
	big := named("big", reranktest.Fake{Trouble: reranktest.Fails}, upsideDown)
	small := named("small", reranktest.Fake{Trouble: reranktest.Fails, After: 2}, upsideDown)
	search(t, pipeline.Config{Retriever: found(3), Scorer: big, Fallback: []rerank.Scorer{small}, Logger: log}, pipeline.Query{Text: "very private"})
	var line struct {
		Msg, Status, Reason, Model, Fallback string
		Judged, Window, Hits                 int
	}
	if err := json.Unmarshal(b.Bytes(), &line); err != nil {
		t.Fatalf("not one line of JSON: %v\n%s", err, b.String())
	}
	if line.Fallback != "big: connection refused" || line.Reason != line.Fallback+"; small: connection refused" || line.Model != "small" {
		t.Errorf("logged %+v", line)
	}
	if line.Msg != "search" || line.Status != "partial" || line.Judged != 2 || line.Window != 3 || line.Hits != 3 {
		t.Errorf("logged %+v", line)
	}
	for _, private := range []string{"private", "Title of", "body"} {
		if strings.Contains(b.String(), private) {
			t.Errorf("the log says %q: %s", private, b.String())
		}
	}
}

// The JSON form of an answer is part of the HTTP API.
func TestAnswerJSON(t *testing.T) {
	a := search(t, pipeline.Config{Retriever: found(2)}, pipeline.Query{Text: "q"})
	a.Stats, a.Rerank.TookMS = pipeline.Stats{}, 0
	got, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"query":"q","hits":[` +
		`{"id":"d1","title":"Title of d1","url":"","snippet":"\u003cmark\u003eq\u003c/mark\u003e in d1","fields":{},"bm25":{"rank":1,"score":2},"rerank":null,"score":1},` +
		`{"id":"d2","title":"Title of d2","url":"","snippet":"\u003cmark\u003eq\u003c/mark\u003e in d2","fields":{},"bm25":{"rank":2,"score":1},"rerank":null,"score":0.5}],` +
		`"total":2,"offset":0,"rerank":{"status":"off","reason":"there is no model","model":"","judged":0,"window":0,"took_ms":0,"tokens":0,"blend":0},` +
		`"stats":{"candidates":0,"cache_hits":0,"retrieve_ms":0,"rerank_ms":0,"total_ms":0}}`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
