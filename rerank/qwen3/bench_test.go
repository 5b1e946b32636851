package qwen3

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/rerank"
)

// BenchmarkWindow50 judges 50 articles of the fixtures with quern-tiny: what one search does. QUERN_CPU=generic runs
// it in plain Go.
func BenchmarkWindow50(b *testing.B) {
	task := rerank.Task{Query: "how do I get a red wine stain out"}
	f, err := fixtures.FS.Open("corpus.jsonl")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for i := 0; lines.Scan() && len(task.Documents) < 50; i++ {
		var d struct{ Title, Text string }
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			b.Fatal(err)
		}
		if i%5 == 0 {
			task.Documents = append(task.Documents, d.Title+"\n"+d.Text)
		}
	}
	e := openTiny(b, Config{})
	tokens := 0
	for b.Loop() {
		scores, err := rerank.Rank(b.Context(), e, task, 0)
		if err != nil {
			b.Fatal(err)
		}
		for _, s := range scores {
			tokens += s.Tokens
		}
	}
	b.ReportMetric(float64(tokens)/b.Elapsed().Seconds(), "tokens/s")
}

// BenchmarkWork judges the documents of a file with work, as `quern bench` does, by the model in QUERN_BENCH_MODEL:
//
//	QUERN_BENCH_MODEL=MODEL.gguf QUERN_BENCH_WORK=work.json go test ./rerank/qwen3 -run '^$' -bench Work -benchtime 3x
func BenchmarkWork(b *testing.B) {
	model, work := os.Getenv("QUERN_BENCH_MODEL"), os.Getenv("QUERN_BENCH_WORK")
	if model == "" || work == "" {
		b.Skip("set QUERN_BENCH_MODEL to a model and QUERN_BENCH_WORK to a JSON file with query, docs_150 and docs_400 to run this")
	}
	data, err := os.ReadFile(work)
	if err != nil {
		b.Fatal(err)
	}
	var w struct {
		Query, Instruct string
		Docs150         []string `json:"docs_150"`
		Docs400         []string `json:"docs_400"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		b.Fatal(err)
	}
	e, err := Open(model, Config{})
	if err != nil {
		b.Fatal(err)
	}
	for _, set := range []struct {
		name      string
		documents []string
	}{{"150", w.Docs150}, {"400", w.Docs400}} {
		b.Run(set.name, func(b *testing.B) {
			tokens := 0
			for b.Loop() {
				scores, err := rerank.Rank(b.Context(), e, rerank.Task{Query: w.Query, Instruct: w.Instruct, Documents: set.documents}, 0)
				if err != nil {
					b.Fatal(err)
				}
				for _, s := range scores {
					tokens += s.Tokens
				}
			}
			b.ReportMetric(float64(tokens)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}

// BenchmarkOpen opens the model in QUERN_BENCH_MODEL, and tells how much memory its weights take.
func BenchmarkOpen(b *testing.B) {
	model := os.Getenv("QUERN_BENCH_MODEL")
	if model == "" {
		b.Skip("set QUERN_BENCH_MODEL to a model to run this")
	}
	for b.Loop() {
		e, err := Open(model, Config{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(e.weights.bytes())/1e6, "MB-of-weights")
	}
}
