package qwen3

import (
	"bufio"
	"encoding/json"
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
