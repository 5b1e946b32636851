package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/web"
	"github.com/quern-search/quern/web/keyring"
	"github.com/quern-search/quern/web/turns"
)

// Under more clients than it has places for, over real connections and with the built-in model, the server answers all
// with 200 or 429, and its memory does not grow. In go test it is a short look at 50 clients;
//
//	QUERN_LOAD=1m go test -count=1 -v -run Load ./web/
//
// is 200 clients for a minute, and tells how long answers took.
func TestLoad(t *testing.T) {
	l := load{clients: 50, time: 2 * time.Second, places: 16, answers: map[string][]time.Duration{}, statuses: map[int]int{}}
	if text := os.Getenv("QUERN_LOAD"); text != "" {
		var err error
		l.time, err = time.ParseDuration(text)
		check(t, err)
		l.clients, l.places = 200, 64 // as quern serve has
	}
	l.run(t)
}

// A load is many clients, each with one request at a time, and what they got.
type load struct {
	clients, places int
	time            time.Duration

	url     string
	client  *http.Client
	texts   []string // the beginnings of articles
	queries []string

	mu       sync.Mutex
	answers  map[string][]time.Duration // by what was asked for
	statuses map[int]int
	left     int // requests that the client gave up
	reranked int // searches of programs that were, of those answered
	wrong    []string
}

// leeway is for what is in work at the moment of counting: hardly two moments are alike.
const leeway = 24 << 20

func (l *load) run(t *testing.T) {
	for _, d := range articles(t) {
		text := d.Text()
		l.texts = append(l.texts, strings.ToValidUTF8(text[:min(len(text), 300)], ""))
	}
	l.queries = fixtureQueries(t)
	queue := turns.New(max(runtime.GOMAXPROCS(0), 4), l.places)
	secrets := []string{"one", "two", "three", "four"}
	l.url = listening(t, site{
		docs: articles(t), scorer: tiny(t), queue: queue,
		pipeline: pipeline.Config{CacheBytes: 1 << 20}, // full soon, so that it does not look like growth
		web:      web.Config{Keys: ring(keyring.Config{Secrets: secrets})},
	}.server(t))
	transport := &http.Transport{MaxIdleConnsPerHost: l.clients}
	defer transport.CloseIdleConnections()
	l.client = &http.Client{Transport: transport}
	heap := make(chan uint64, 2)
	go func() {
		for _, part := range []time.Duration{l.time / 3, l.time * 17 / 30} { // while all are there
			time.Sleep(part)
			heap <- heapInUse()
		}
	}()
	ctx, end := context.WithTimeout(t.Context(), l.time)
	defer end()
	var clients sync.WaitGroup
	for i := range l.clients {
		clients.Go(func() { l.one(ctx, uint64(i), secrets[i%len(secrets)]) })
	}
	clients.Wait()
	l.report(t)
	warm, last := <-heap, <-heap
	t.Logf("heap %d MiB after a third of the time, %d MiB after nine tenths; %s", warm>>20, last>>20, resident())
	if last > warm+warm/4+leeway {
		t.Errorf("the heap grew from %d to %d bytes", warm, last)
	}
	for working := 1; working > 0; time.Sleep(10 * time.Millisecond) { // or the test hangs until its time is over
		working, _ = queue.Load() // nobody waits where nobody works
	}
	l.after(t, secrets[0])
}

// after asks once more, when the crowd has gone, and must be answered.
func (l *load) after(t *testing.T, secret string) {
	r, err := http.NewRequest(http.MethodPost, l.url+"/v1/rerank", strings.NewReader(`{`+wine+`}`))
	check(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+secret)
	resp, err := l.client.Do(r)
	check(t, err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("after the crowd: %s", resp.Status)
	}
}

// one is a client: it asks, waits for the answer, asks again, and comes back when it was told.
func (l *load) one(ctx context.Context, seed uint64, secret string) {
	random := rand.New(rand.NewPCG(seed, 0))
	for ctx.Err() == nil {
		what, r := l.request(random)
		r.Header.Set("Authorization", "Bearer "+secret)
		patience := l.time
		if random.IntN(20) == 0 { // some lose it
			patience = time.Duration(random.IntN(300)) * time.Millisecond
		}
		own, cancel := context.WithTimeout(ctx, patience)
		wait := l.ask(own, what, r)
		cancel()
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// request is a search, by a program or a person, or documents to be judged; half of them were never asked before.
func (l *load) request(random *rand.Rand) (what string, r *http.Request) {
	query := l.queries[random.IntN(len(l.queries))]
	if random.IntN(2) == 0 {
		query += fmt.Sprintf(" %d", random.Uint32())
	}
	switch random.IntN(4) {
	case 0:
		r, _ = http.NewRequest(http.MethodGet, l.url+"/api/search?window=10&q="+url.QueryEscape(query), nil)
		return "search", r
	case 1:
		r, _ = http.NewRequest(http.MethodGet, l.url+"/?window=10&q="+url.QueryEscape(query), nil)
		return "page", r
	}
	from := random.IntN(len(l.texts) - 10)
	body, _ := json.Marshal(map[string]any{"query": query, "documents": l.texts[from : from+10]})
	r, _ = http.NewRequest(http.MethodPost, l.url+"/v1/rerank", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return "rerank", r
}

// ask notes what came of a request, and returns for how long the server asked to be left alone.
func (l *load) ask(ctx context.Context, what string, r *http.Request) (wait time.Duration) {
	start := time.Now()
	resp, err := l.client.Do(r.WithContext(ctx))
	var body []byte
	if err == nil {
		defer resp.Body.Close()
		body, err = io.ReadAll(resp.Body)
	}
	took := time.Since(start)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		l.left++
		return 0
	case err != nil:
		l.wrong = append(l.wrong, err.Error())
		return 0
	}
	l.statuses[resp.StatusCode]++
	switch resp.StatusCode {
	case http.StatusOK:
		l.answers[what] = append(l.answers[what], took)
		if bytes.Contains(body, []byte(`"status":"ok"`)) {
			l.reranked++
		}
	case http.StatusTooManyRequests:
		seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
		if err != nil || seconds < 1 || what != "rerank" {
			l.wrong = append(l.wrong, fmt.Sprintf("%s: 429 with Retry-After %q", what, resp.Header.Get("Retry-After")))
		}
		return time.Duration(seconds) * time.Second
	default:
		l.wrong = append(l.wrong, fmt.Sprintf("%s: %d %s", what, resp.StatusCode, body))
	}
	return 0
}

func (l *load) report(t *testing.T) {
	t.Logf("%d clients for %v: statuses %v, given up by the client %d", l.clients, l.time, l.statuses, l.left)
	for _, what := range []string{"rerank", "search", "page"} {
		took := l.answers[what]
		slices.Sort(took)
		if len(took) > 0 {
			t.Logf("%s: %d answers, p50 %v, p99 %v", what, len(took), took[len(took)/2].Round(time.Millisecond), took[len(took)*99/100].Round(time.Millisecond))
		}
	}
	t.Logf("of the searches by programs %d were reranked in full", l.reranked)
	for _, wrong := range l.wrong[:min(len(l.wrong), 5)] {
		t.Errorf("one of %d: %s", len(l.wrong), wrong)
	}
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// resident tells how much memory the process has and had, where the system says so.
func resident() string {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "resident memory unknown"
	}
	var found []string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "VmRSS") || strings.HasPrefix(line, "VmHWM") {
			found = append(found, strings.Join(strings.Fields(line), " "))
		}
	}
	return strings.Join(found, ", ")
}

// fixtureQueries are the texts of the queries of the fixtures.
func fixtureQueries(t testing.TB) []string {
	t.Helper()
	data, err := fixtures.FS.ReadFile("queries.jsonl")
	check(t, err)
	var texts []string
	for line := range strings.Lines(string(data)) {
		var q struct{ Text string }
		check(t, json.Unmarshal([]byte(line), &q))
		texts = append(texts, q.Text)
	}
	return texts
}
