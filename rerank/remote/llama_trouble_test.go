package remote_test

import (
	"errors"
	"math"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/remote"
	"github.com/quern-search/quern/rerank/remote/llamatest"
)

// A watcher is a transport that counts answers by their status.
type watcher struct {
	statuses [600]atomic.Int32
}

func (w *watcher) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		w.statuses[a.StatusCode].Add(1)
	}
	return a, err
}

const (
	// Each of these two has more than the 2,048 tokens of quern-tiny: by the first estimate already, and only in truth.
	longProse = 24_000
	longRunes = 4_000 // "ꙮ" is three tokens of a byte each
)

func TestALlamaServerNeverRefusesALongDocument(t *testing.T) {
	s := llamatest.Start(t, llamatest.Tiny(t, false), "--rerank")
	seen := &watcher{}
	c := open(t, remote.Config{URL: s.URL, HTTP: &http.Client{Transport: seen}})
	prose := strings.Repeat("Soup keeps for three days. ", longProse/27)
	runes := strings.Repeat("ꙮ", longRunes/3)
	short := []string{"Soup keeps for three days in the refrigerator.", "Hail is made of layers of ice."}
	alone := judged(t, c, rerank.Task{Query: "how long does soup keep", Documents: short})
	for name, test := range map[string]struct {
		task    rerank.Task
		refused bool // at first
	}{
		"prose":           {rerank.Task{Query: "how long does soup keep", Documents: append(short, prose)}, false},
		"rare characters": {rerank.Task{Query: "how long does soup keep", Documents: append(short, runes, prose)}, true},
		"a long query":    {rerank.Task{Query: prose, Documents: append(short, prose)}, false},
		"both, and rare":  {rerank.Task{Query: runes, Documents: append(short, runes)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			before := seen.statuses[http.StatusBadRequest].Load()
			got := judged(t, c, test.task)
			if refused := seen.statuses[http.StatusBadRequest].Load() > before; refused != test.refused {
				t.Errorf("refused at first: %t, want %t", refused, test.refused)
			}
			for i := range short {
				if test.task.Query == "how long does soup keep" && math.Abs(got[i].Logit-alone[i].Logit) > companyNoise {
					t.Errorf("document %d: logit %v beside a long one, %v without", i, got[i].Logit, alone[i].Logit)
				}
			}
		})
	}
}

// Slots that share one context cannot hold three documents that each fill most of it.
func TestALlamaServerWhoseSlotsShareAContext(t *testing.T) {
	s := llamatest.Start(t, llamatest.Tiny(t, false), "--rerank", "-np", "4", "--kv-unified", "-c", "2048")
	seen := &watcher{}
	c := open(t, remote.Config{URL: s.URL, Batch: 3, Retries: 8, HTTP: &http.Client{Transport: seen}})
	task := rerank.Task{Query: "how long does soup keep"}
	for _, d := range helpTasks(t)[0].Documents[:5] {
		task.Documents = append(task.Documents, strings.Repeat(d, longProse/len(d)))
	}
	for i, got := range judged(t, c, task) {
		one := judged(t, c, rerank.Task{Query: task.Query, Documents: task.Documents[i : i+1]})[0]
		if math.Abs(got.Logit-one.Logit) > companyNoise {
			t.Errorf("document %d: logit %v among others, %v by itself", i, got.Logit, one.Logit)
		}
	}
	if seen.statuses[http.StatusInternalServerError].Load() == 0 {
		t.Error("all went at once: the documents are not long enough for this test")
	}
}

func TestALlamaServerThatDoesNotRerank(t *testing.T) {
	s := llamatest.Start(t, llamatest.Tiny(t, false))
	_, err := rerank.Rank(t.Context(), open(t, remote.Config{URL: s.URL}), documents(3), 0)
	mention(t, err, s.URL+"/v1/rerank: it cannot rerank (status 501: ", "start llama-server with --reranking")
	t.Log(err)
}

func TestALlamaServerThatWantsAKey(t *testing.T) {
	s := llamatest.Start(t, llamatest.Tiny(t, false), "--rerank", "--api-key", "sesame")
	for key, says := range map[string]string{
		"":      "it wants a key (status 401: Invalid API Key): set QUERN_REMOTE_KEY",
		"wrong": "it refuses the key (status 401: Invalid API Key): set the right one in QUERN_REMOTE_KEY",
	} {
		for _, dialect := range []string{"", "llama-server"} {
			_, err := remote.Open(t.Context(), remote.Config{URL: s.URL, Key: key, Dialect: dialect})
			mention(t, err, s.URL+": "+says)
			t.Log(err)
		}
	}
	c := open(t, remote.Config{URL: s.URL, Key: "sesame"})
	judged(t, c, documents(3))
}

// A gate is a transport that lets some POSTs pass, and the others only when it is opened.
type gate struct {
	left atomic.Int32
	open chan struct{}
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && g.left.Add(-1) < 0 {
		<-g.open
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestALlamaServerIsKilledInTheMiddle(t *testing.T) {
	const all, before = 12, 4
	// kill judges documents one by one, ends the server after some of them, and returns how many were judged.
	kill := func(t *testing.T, then func(*llamatest.Server)) (judged int, err error) {
		s := llamatest.Start(t, llamatest.Tiny(t, false), "--rerank")
		g := &gate{open: make(chan struct{})}
		g.left.Store(before)
		c := open(t, remote.Config{URL: s.URL, Batch: 1, Parallel: 1, HTTP: &http.Client{Transport: g}})
		for _, err := range c.Score(t.Context(), documents(all)) {
			if err != nil {
				return judged, err
			}
			if judged++; judged == before {
				s.Kill()
				then(s)
				close(g.open)
			}
		}
		return judged, nil
	}
	t.Run("for good", func(t *testing.T) {
		judged, err := kill(t, func(*llamatest.Server) {})
		if !errors.Is(err, remote.ErrUnreachable) || judged != before {
			t.Errorf("%d documents judged, error %v: want %d, and one that wraps ErrUnreachable", judged, err, before)
		}
		t.Log(err)
	})
	t.Run("and started again", func(t *testing.T) {
		if judged, err := kill(t, (*llamatest.Server).Restart); judged != all || err != nil {
			t.Errorf("%d documents judged, error %v: want %d and none", judged, err, all)
		}
	})
}

func TestTwoClientsOfALlamaServer(t *testing.T) {
	s := llamatest.Start(t, llamatest.Tiny(t, false), "--rerank")
	tasks := helpTasks(t)[:2]
	var want, got [2][]rerank.Score
	for i, task := range tasks {
		want[i] = judged(t, open(t, remote.Config{URL: s.URL}), task)
	}
	var running sync.WaitGroup
	for i, task := range tasks {
		c := open(t, remote.Config{URL: s.URL, Batch: 3})
		running.Go(func() {
			scores, err := rerank.Rank(t.Context(), c, task, 0)
			if err != nil {
				t.Error(err)
			}
			got[i] = make([]rerank.Score, len(task.Documents))
			for _, s := range scores {
				got[i][s.Index] = s
			}
		})
	}
	running.Wait()
	for i := range tasks {
		for k := range got[i] {
			if math.Abs(got[i][k].Logit-want[i][k].Logit) > companyNoise {
				t.Errorf("task %d, document %d: logit %v at the same time as another, %v by itself", i, k, got[i][k].Logit, want[i][k].Logit)
			}
		}
	}
}
