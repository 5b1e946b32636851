package remote_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/meter"
	"github.com/quern-search/quern/rerank/remote"
	"github.com/quern-search/quern/rerank/remote/llamatest"
)

// BenchmarkRequest is what the client adds to a request of 16 documents of 1 kB: a loopback server answers at once with
// what it made before.
func BenchmarkRequest(b *testing.B) {
	task := rerank.Task{Query: "how long does tea take"}
	type item struct {
		Index     int     `json:"index"`
		Relevance float64 `json:"relevance_score"`
	}
	var items []item
	for i := range 16 {
		task.Documents = append(task.Documents, strings.Repeat("Green tea. ", 93))
		items = append(items, item{i, 1 / float64(i+2)})
	}
	answer, err := json.Marshal(map[string]any{"results": items, "usage": map[string]int{"total_tokens": 4096}})
	check(b, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Write(answer)
	}))
	defer server.Close()
	c := open(b, remote.Config{URL: server.URL, Dialect: "jina", Model: "m"})
	size := 0
	for _, d := range task.Documents {
		size += len(d)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rerank.Rank(b.Context(), c, task, 0); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLlamaServer judges 50 documents of about 150 tokens on a real llama-server, as a search does. It reports the
// share of time in which the server had no request: what the client costs.
func BenchmarkLlamaServer(b *testing.B) {
	s := llamatest.Start(b, llamatest.Tiny(b, false), "--rerank")
	m := &meter.Meter{}
	c := open(b, remote.Config{URL: s.URL, HTTP: &http.Client{Transport: m}})
	task := rerank.Task{Query: "how do I get a red wine stain out"}
	for _, page := range articles(b) {
		text := page.Title + "\n" + page.Body
		if task.Documents = append(task.Documents, strings.ToValidUTF8(text[:min(len(text), 650)], "")); len(task.Documents) == 50 {
			break
		}
	}
	var idle time.Duration
	for b.Loop() {
		m.Take()
		start := time.Now()
		if _, err := rerank.Rank(b.Context(), c, task, 0); err != nil {
			b.Fatal(err)
		}
		idle += time.Since(start) - m.Take().Busy
	}
	b.ReportMetric(100*idle.Seconds()/b.Elapsed().Seconds(), "idle-%")
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N)/50, "ms/document")
}
