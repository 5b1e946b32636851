package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/qwen3"
	"github.com/quern-search/quern/web"
)

// tiny is the built-in model.
func tiny(t testing.TB) *qwen3.Engine {
	t.Helper()
	file, size := fixtures.Model()
	engine, err := qwen3.New(file, size, qwen3.Config{})
	check(t, err)
	return engine
}

// listening serves on a port of this machine until the test ends, and returns the address.
func listening(t testing.TB, server *web.Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String()
}

// A tracked is a Scorer that tells when the first score of a task has come, and when the task is over.
type tracked struct {
	rerank.Scorer
	started chan bool
	ended   chan int // scores that came
}

func (s tracked) Score(ctx context.Context, t rerank.Task) iter.Seq2[rerank.Score, error] {
	return func(yield func(rerank.Score, error) bool) {
		judged := 0
		defer func() { s.ended <- judged }()
		for score, err := range s.Scorer.Score(ctx, t) {
			if err == nil {
				if judged++; judged == 1 {
					s.started <- true
				}
			}
			if !yield(score, err) {
				return
			}
		}
	}
}

// A client that goes away in the middle of a long request stops the model, over a real connection. How long that takes is
// in the log of go test -v.
func TestGoingAwayStopsTheModel(t *testing.T) {
	model := tracked{tiny(t), make(chan bool), make(chan int)}
	url := listening(t, site{scorer: model}.server(t))
	// Together they stay within the 120,000 tokens that a request may have.
	const documents = 250
	text := strings.Repeat("Blot the wine with a cloth, then soak it in cold water with salt. ", 20) // some 330 tokens
	var longest time.Duration
	for round := range 3 {
		body, err := json.Marshal(map[string]any{"query": fmt.Sprint("red wine ", round), "documents": slices.Repeat([]string{text}, documents)})
		check(t, err)
		ctx, goAway := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/rerank", bytes.NewReader(body))
		check(t, err)
		r.Header.Set("Content-Type", "application/json")
		failed := make(chan error, 1)
		go func() {
			_, err := http.DefaultClient.Do(r)
			failed <- err
		}()
		select {
		case <-model.started:
		case err := <-failed:
			t.Fatal("it was answered:", err)
		}
		gone := time.Now()
		goAway()
		judged := <-model.ended // or the test hangs until its time is over
		longest = max(longest, time.Since(gone))
		if judged == documents {
			t.Errorf("all %d documents were judged", judged)
		}
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	t.Logf("from the client's leaving to the model's stopping: %v at the most", longest)
}
