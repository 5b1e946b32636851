package ollama_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gopkg.in/dnaeon/go-vcr.v4/pkg/cassette"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/meter"
	"github.com/quern-search/quern/rerank/ollama"
	"github.com/quern-search/quern/rerank/ollama/ollamatest"
)

// BenchmarkWindow50 judges 50 documents of about 150 tokens on a real server, as a search does, in turn with the plain
// use of that server: the same requests, sent by two loops that know them beforehand. It reports
//
//	overhead-%  how much longer quern's client takes than the plain loops
//	idle-%      the share of time in which the server had no request
//	model-%     the share of time in which the model was at work, as the server tells it
//
// QUERN_OLLAMA_GGUF names another file than quern-tiny to do it with.
func BenchmarkWindow50(b *testing.B) {
	s := ollamatest.Start(b)
	file := models(b)["quern-tiny"]
	if path := os.Getenv("QUERN_OLLAMA_GGUF"); path != "" {
		var err error
		if file, err = os.ReadFile(path); err != nil {
			b.Fatal(err)
		}
	}
	s.Create("m", file)
	m := &meter.Meter{}
	c := open(b, exchange{&http.Client{Transport: m}, s.URL}, "m")
	task := window(b)
	judge(b, c, task) // loads the model, and tells the requests
	m.Take()
	plain := &meter.Meter{}
	var ours, theirs time.Duration
	var idle, model time.Duration
	for b.Loop() {
		start := time.Now()
		task.Query += "?" // another query each time: the server's cache must not know the answer
		judge(b, c, task)
		took := time.Since(start)
		ours += took
		log := m.Take()
		idle, model = idle+took-log.Busy, model+modelTime(log)
		if len(log.Exchanges) != len(task.Documents) {
			b.Errorf("%d requests for %d documents", len(log.Exchanges), len(task.Documents))
		}

		start = time.Now()
		replay(b, plain, s.URL.String(), log.Exchanges)
		theirs += time.Since(start)
	}
	b.ReportMetric(100*(ours.Seconds()/theirs.Seconds()-1), "overhead-%")
	b.ReportMetric(100*idle.Seconds()/ours.Seconds(), "idle-%")
	b.ReportMetric(100*model.Seconds()/ours.Seconds(), "model-%")
	b.ReportMetric(ours.Seconds()*1000/float64(b.N)/50, "ms/document")
}

// window is a query of the fixtures with 50 of their articles, cut to about 150 tokens.
func window(b *testing.B) rerank.Task {
	var documents []string
	for d := range lines[struct{ Title, Text string }](b, "corpus.jsonl") {
		text := d.Title + "\n" + d.Text
		documents = append(documents, strings.ToValidUTF8(text[:min(len(text), 650)], ""))
		if len(documents) == 50 {
			break
		}
	}
	return rerank.Task{Query: "how do I get a red wine stain out", Documents: documents}
}

// replay sends requests in their order, as many at a time as quern does. A further space in the query keeps the server's
// cache from knowing them.
func replay(b *testing.B, m *meter.Meter, url string, requests []meter.Exchange) {
	client := &http.Client{Transport: m}
	var next atomic.Int64
	var group sync.WaitGroup
	for range ollama.DefaultParallel {
		group.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(requests); i = next.Add(1) - 1 {
				body := bytes.Replace(requests[i].Request, []byte(`Query\u003e: `), []byte(`Query\u003e:  `), 1)
				answer, err := client.Post(url+"/api/generate", "application/json", bytes.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
			}
		})
	}
	group.Wait()
}

// modelTime is for how long the model worked, in the server's words.
func modelTime(l meter.Log) (sum time.Duration) {
	for _, e := range l.Exchanges {
		var told struct {
			Prompt time.Duration `json:"prompt_eval_duration"`
			Eval   time.Duration `json:"eval_duration"`
		}
		_ = json.Unmarshal(e.Answer, &told)
		sum += told.Prompt + told.Eval
	}
	return sum
}

// BenchmarkClient is what the client itself costs for each document of about 150 tokens: a stand-in answers at once.
func BenchmarkClient(b *testing.B) {
	c := open(b, exchange{&http.Client{}, serveAtOnce(b)}, "quern-tiny")
	task := window(b)
	bytes := 0
	for _, d := range task.Documents {
		bytes += len(d)
	}
	b.SetBytes(int64(bytes))
	for b.Loop() {
		judge(b, c, task)
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N*len(task.Documents)), "us/document")
}

// serveAtOnce answers every prompt with the same recorded answer.
func serveAtOnce(b *testing.B) *url.URL {
	tape, err := cassette.Load(exchanges)
	if err != nil {
		b.Fatal(err)
	}
	answers := map[string]string{}
	for _, i := range tape.Interactions {
		if u, err := url.Parse(i.Request.URL); err == nil && (u.Path != "/api/show" || strings.Contains(i.Request.Body, "quern-tiny")) {
			answers[u.Path] = i.Response.Body
		}
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, answers[r.URL.Path])
	}))
	b.Cleanup(s.Close)
	host, err := url.Parse(s.URL)
	if err != nil {
		b.Fatal(err)
	}
	return host
}
