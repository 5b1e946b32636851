package remote_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/remote"
)

func TestRefusesBrokenAnswers(t *testing.T) {
	for _, test := range []struct {
		name, answer string
		says         string
		form         bool // the form is broken, not a score
	}{
		{name: "a document twice", answer: `{"results":[{"index":0,"relevance_score":0.5},{"index":0,"relevance_score":0.5}]}`, says: "answers twice for document 0"},
		{name: "a document missing", answer: `{"results":[{"index":1,"relevance_score":0.5}]}`, says: "answers for 1 of 2 documents, not for document 0"},
		{name: "a document too many", answer: `{"results":[{"index":0,"relevance_score":0.5},{"index":1,"relevance_score":0.5},{"index":2,"relevance_score":0.5}]}`, says: "answers for document 2 of 2"},
		{name: "a document before the first", answer: `{"results":[{"index":-1,"relevance_score":0.5}]}`, says: "answers for document -1 of 2"},
		{name: "no index", answer: `{"results":[{"relevance_score":0.5},{"relevance_score":0.5}]}`, says: "result 0 of 2 has no index"},
		{name: "a null score", answer: `{"results":[{"index":0,"relevance_score":0.5},{"index":1,"relevance_score":null}]}`, says: "gives document 1 no score (null)"},
		{name: "a logit", answer: `{"results":[{"index":0,"relevance_score":7.3},{"index":1,"relevance_score":0.5}]}`, says: "relevance 7.3, which is not in 0..1: it may answer logits, as llama-server does"},
		{name: "a negative one", answer: `{"results":[{"index":0,"relevance_score":-0.01},{"index":1,"relevance_score":0.5}]}`, says: "relevance -0.01, which is not in 0..1"},
		{name: "NaN", answer: `{"results":[{"index":0,"relevance_score":NaN}]}`, says: "it holds NaN: the model failed there", form: true},
		{name: "a number too large", answer: `{"results":[{"index":0,"relevance_score":1e999}]}`, says: "is not what was expected", form: true},
		{name: "text for a number", answer: `{"results":[{"index":0,"relevance_score":"0.5"}]}`, says: "cannot unmarshal string", form: true},
		{name: "a web page", answer: `<!DOCTYPE html><html></html>`, says: "answers with a web page, not JSON: is this a rerank API?", form: true},
		{name: "the end missing", answer: `{"results":[{"index":0,"relevance_score":0.5`, says: "unexpected end of JSON input", form: true},
		{name: "nothing", answer: ``, says: "the answer is empty", form: true},
		{name: "another dialect", answer: `{"data":[]}`, says: "it has no results (it says \"{\\\"data\\\":[]}\"): is the dialect jina?", form: true},
		{name: "null", answer: `null`, says: "it has no results", form: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := serve(t, nil, say(http.StatusOK, test.answer))
			c := open(t, remote.Config{URL: server.URL, Dialect: "jina", Model: "m"})
			_, err := rerank.Rank(t.Context(), c, documents(2), 0)
			mention(t, err, server.URL+"/v1/rerank: ", test.says)
			if errors.Is(err, rerank.ErrBadScore) == test.form {
				t.Errorf("%v: wraps ErrBadScore: %t", err, test.form)
			}
			if n := len(server.posts()); n != 1 {
				t.Errorf("asked %d times: it says the same again", n)
			}
		})
	}
}

func TestBatchesInTheOrderOfTheDocuments(t *testing.T) {
	server := serve(t, map[string]string{"/info": `{"model_id":"m","max_client_batch_size":32}`}, func(w http.ResponseWriter, r *http.Request) {
		var scores []string
		for i, d := range documentsOf(t, r) { // "document 17" has logit 17
			scores = append(scores, fmt.Sprintf(`{"index":%d,"score":%s}`, i, strings.TrimPrefix(d, "document ")))
		}
		io.WriteString(w, "["+strings.Join(scores, ",")+"]")
	})
	for _, test := range []struct {
		asked int
		want  []int
	}{{0, []int{32, 32, 6}}, {1000, []int{32, 32, 6}}, {30, []int{30, 30, 10}}} {
		before := len(server.posts())
		c := open(t, remote.Config{URL: server.URL, Batch: test.asked, Parallel: 1})
		task := documents(70)
		ranked, err := rerank.Rank(t.Context(), c, task, 0)
		check(t, err)
		for rank, s := range ranked {
			if s.Index != 69-rank || s.Logit != float64(s.Index) {
				t.Fatalf("rank %d: %+v", rank, s)
			}
		}
		var sizes []int
		var sent []string
		for _, r := range server.posts()[before:] {
			texts := r.Body.(map[string]any)["texts"].([]any)
			sizes = append(sizes, len(texts))
			for _, text := range texts {
				sent = append(sent, text.(string))
			}
		}
		if !slices.Equal(sizes, test.want) || !slices.Equal(sent, task.Documents) {
			t.Errorf("with Batch %d: batches of %v, want %v, in order", test.asked, sizes, test.want)
		}
	}
}

func TestParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		count := func(n int) {
			mu.Lock()
			defer mu.Unlock()
			now += n
			most = max(most, now)
		}
		c := inMemory(t, remote.Config{Batch: 1, Parallel: 3}, func(w http.ResponseWriter, r *http.Request) {
			count(1)
			defer count(-1)
			time.Sleep(time.Second)
			scoreAll(t)(w, r)
		})
		start := time.Now()
		done := make(chan error)
		for range 2 { // two searches share the three
			go func() {
				_, err := rerank.Rank(t.Context(), c, documents(6), 0)
				done <- err
			}()
		}
		check(t, <-done)
		check(t, <-done)
		if took := time.Since(start); most != 3 || took != 4*time.Second {
			t.Errorf("12 requests of a second, at most %d at once, in %v; want 3, 4s", most, took)
		}
	})
}

func TestScoresComeBatchByBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 9)
		c := inMemory(t, remote.Config{Batch: 2, Parallel: 2}, inTurn(scoreAll(t), hang(ended)))
		var judged []int
		for s, err := range c.Score(t.Context(), documents(6)) {
			check(t, err)
			if judged = append(judged, s.Index); len(judged) == 2 {
				synctest.Wait() // until the two other batches hang
				if n := len(ended); n != 0 {
					t.Errorf("%d requests ended too soon", n)
				}
				break
			}
		}
		if len(judged) != 2 {
			t.Errorf("judged %v", judged)
		}
		synctest.Wait()
		if n := len(ended); n != 2 {
			t.Errorf("%d of 2 hanging requests have ended", n)
		}
	})
}

func TestScoresBeforeAFailureStand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := inMemory(t, remote.Config{Batch: 2, Parallel: 1}, inTurn(scoreAll(t), say(http.StatusBadRequest, "too long")))
		judged := 0
		for _, err := range c.Score(t.Context(), documents(6)) {
			if err != nil {
				mention(t, err, "status 400: too long")
				break
			}
			judged++
		}
		if judged != 2 {
			t.Errorf("%d documents judged, want 2", judged)
		}
	})
}

func TestBlankQuery(t *testing.T) {
	server := serve(t, nil, scoreAll(t))
	c := open(t, remote.Config{URL: server.URL, Dialect: "jina", Model: "m"})
	for _, query := range []string{"", " \n"} {
		_, err := rerank.Rank(t.Context(), c, rerank.Task{Query: query, Documents: []string{"a"}}, 0)
		check(t, err)
	}
	for _, r := range server.posts() {
		if q := r.Body.(map[string]any)["query"]; q != "(empty query)" {
			t.Errorf("query %q was sent", q)
		}
	}
}
