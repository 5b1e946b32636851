package ollama_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/ollama"
	"github.com/quern-search/quern/rerank/ollama/ollamatest"
	"github.com/quern-search/quern/rerank/qwen3"
)

// Each diagnosis is told by the server that has the trouble, and says what to do.
func testDiagnoses(t *testing.T, x exchange) {
	for _, test := range []struct {
		model string
		want  error
		says  []string
	}{
		{"nowhere", ollama.ErrNotPulled, []string{"ollama pull nowhere", "random-f16:latest"}},
		{"classifier", ollama.ErrClassifier, []string{"open it in process", "--model ", "blobs"}},
		{"embedding", ollama.ErrNotReranker, []string{"embedding model", "made for reranking"}},
		{"llama", ollama.ErrNotReranker, []string{`architecture "llama"`, "made for reranking"}},
	} {
		t.Run(test.model, func(t *testing.T) {
			_, err := ollama.Open(t.Context(), ollama.Config{Model: test.model, Host: x.host, HTTP: x.http})
			says(t, err, test.want, test.says...)
		})
	}
	// A chat model of the same architecture cannot be told by its file: it is the probe that finds it out.
	says(t, rerank.Probe(t.Context(), open(t, x, "chat")), rerank.ErrProbe, "chat")
}

func says(t *testing.T, err, want error, texts ...string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v, want one that is %q", err, want)
	}
	t.Log(err)
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q: %v", text, err)
		}
	}
}

// The path that the message about a classifier gives opens in this process.
func TestClassifierOpensInProcess(t *testing.T) {
	s := ollamatest.Start(t)
	s.Create("classifier", models(t)["classifier"])
	_, err := ollama.Open(t.Context(), ollama.Config{Model: "classifier", Host: s.URL})
	if err == nil {
		t.Fatal("a classifier was opened")
	}
	_, path, _ := strings.Cut(err.Error(), "--model ")
	if _, err := qwen3.Open(path, qwen3.Config{}); err != nil {
		t.Error(err)
	}
}

func TestNoServer(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	host := parse(t, server.URL)
	server.Close() // nobody listens there now
	_, err := ollama.Open(t.Context(), ollama.Config{Model: "m", Host: host})
	says(t, err, ollama.ErrUnreachable, "ollama serve", "OLLAMA_HOST")

	_, err = ollama.Open(t.Context(), ollama.Config{Model: "m", Host: parse(t, "http://no-such-host.invalid:11434")})
	says(t, err, ollama.ErrUnreachable, "OLLAMA_HOST")
}

// A server that cannot show who it is will not be able to later, a proxy whose server is down will.
func TestServerThatIsNotTrusted(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	_, err := ollama.Open(t.Context(), ollama.Config{Model: "m", Host: parse(t, s.URL)})
	if err == nil || errors.Is(err, ollama.ErrUnreachable) || !strings.Contains(err.Error(), "certificate is not trusted") {
		t.Errorf("error %v", err)
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	defer proxy.Close()
	_, err = ollama.Open(t.Context(), ollama.Config{Model: "m", Host: parse(t, proxy.URL)})
	says(t, err, ollama.ErrUnreachable, "proxy")
}

// A password in the address is for the server, not for whoever reads an error or the facts.
func TestPasswordIsNotTold(t *testing.T) {
	host := standIn(t, map[string]string{
		"/api/version":  `{"version":"0.24.0"}`,
		"/api/show":     `{"capabilities":["completion"],"model_info":{"general.architecture":"qwen3"}}`,
		"/api/generate": `{"error":"no"}`,
	})
	host.User = url.UserPassword("me", "sesame")
	c, err := ollama.Open(t.Context(), ollama.Config{Model: "m", Host: host})
	if err != nil {
		t.Fatal(err)
	}
	_, err = rerank.Rank(t.Context(), c, rerank.Task{Query: "q", Documents: []string{"d"}}, 0)
	host.Path = "/nowhere"
	_, missing := ollama.Open(t.Context(), ollama.Config{Model: "m", Host: host})
	for _, text := range []string{fmt.Sprint(c.Facts()), fmt.Sprint(c.Model()), fmt.Sprint(err), fmt.Sprint(missing)} {
		if strings.Contains(text, "sesame") {
			t.Errorf("it tells the password: %s", text)
		}
	}
}

// Old servers and gateways cannot be had here, so a stand-in says what they say.
func TestOtherServers(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer map[string]string // by path; others are 404
		want   string            // in the error of Open
	}{
		{"before log probabilities", map[string]string{"/api/version": `{"version":"0.12.10"}`}, "version 0.12.10: update Ollama to 0.12.11"},
		{"a web server", map[string]string{"/api/version": `<html>`}, "something else than Ollama"},
		{"nothing there", nil, "something else than Ollama"},
		{"in the cloud", map[string]string{
			"/api/version": `{"version":"0.24.0"}`,
			"/api/show":    `{"remote_model":"big","remote_host":"https://ollama.com","capabilities":["completion"],"model_info":{}}`,
		}, "runs on the server itself"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ollama.Open(t.Context(), ollama.Config{Model: "m", Host: standIn(t, test.answer)})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want one that says %q", err, test.want)
			}
			t.Log(err)
		})
	}
}

// A gateway may let a request through and drop what it does not know.
func TestAnswersWithoutLogProbabilities(t *testing.T) {
	host := standIn(t, map[string]string{
		"/api/version":  `{"version":"0.24.0"}`,
		"/api/show":     `{"capabilities":["completion"],"model_info":{"general.architecture":"qwen3"}}`,
		"/api/generate": `{"response":"yes","done":true}`,
	})
	c, err := ollama.Open(t.Context(), ollama.Config{Model: "m", Host: host})
	if err != nil {
		t.Fatal(err)
	}
	if c.Model().Fingerprint != "" {
		t.Error("scores of a model that cannot be told from another must not be cached")
	}
	_, err = rerank.Rank(t.Context(), c, rerank.Task{Query: "q", Documents: []string{"d"}}, 0)
	says(t, err, ollama.ErrTooOld, "gateway")
}

func TestConfigThatCannotBe(t *testing.T) {
	for _, cfg := range []ollama.Config{{}, {Model: "m", Parallel: -1}, {Model: "m", Context: -1}, {Model: "m", Context: 100}} {
		if _, err := ollama.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "give") {
			t.Errorf("%+v: error %v", cfg, err)
		}
	}
}

func standIn(t *testing.T, answers map[string]string) *url.URL {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(s.Close)
	return parse(t, s.URL)
}

func parse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// long returns a task of many documents: more than are under way at a time.
func long(t *testing.T) rerank.Task {
	t.Helper()
	all := tasks(t, 2000)
	task := all[0]
	for _, other := range all[1:] {
		task.Documents = append(task.Documents, other.Documents...)
	}
	return task
}

// A server that is killed and started again in the middle of a task, or whose runner is, costs time and no score.
func TestServerComesBack(t *testing.T) {
	s := ollamatest.Start(t)
	s.Create("quern-tiny", models(t)["quern-tiny"])
	g := &gate{}
	c := open(t, exchange{&http.Client{Transport: g}, s.URL}, "quern-tiny")
	task := long(t)
	want := judge(t, c, task)
	for _, test := range []struct {
		name string
		hurt func()
	}{
		{"server", func() { g.Lock(); s.Kill(); s.Restart(); g.Unlock() }},
		{"runner", s.KillRunners},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []rerank.Score
			for score, err := range rerank.Checked(t.Context(), c, task) {
				if err != nil {
					t.Fatalf("after %d scores: %v", len(got), err)
				}
				got = append(got, score)
				if len(got) == 3 {
					test.hurt()
				}
			}
			for _, g := range got {
				if d := g.Logit - want[g.Index].Logit; d > cacheNoise || d < -cacheNoise {
					t.Errorf("document %d: logit %.4f, before %.4f", g.Index, g.Logit, want[g.Index].Logit)
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d scores of %d", len(got), len(want))
			}
		})
	}
}

// A gate lets no request begin while it is locked, so that a test does not depend on how fast a server starts. Requests
// under way are none of its business.
type gate struct{ sync.RWMutex }

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	g.RLock()
	//lint:ignore SA2001 to wait is all that it is for
	g.RUnlock()
	return http.DefaultTransport.RoundTrip(r)
}

// One that stays away ends the task with an error that says so; what was judged before stays, and it is asked again later.
func TestServerStaysAway(t *testing.T) {
	s := ollamatest.Start(t)
	s.Create("quern-tiny", models(t)["quern-tiny"])
	c := open(t, exchange{&http.Client{}, s.URL}, "quern-tiny")
	task := long(t)
	judged := 0
	var last error
	for _, err := range rerank.Checked(t.Context(), c, task) {
		if last = err; err != nil {
			break
		}
		if judged++; judged == 3 {
			s.Kill()
		}
	}
	if judged < 3 || judged >= len(task.Documents) {
		t.Errorf("%d of %d documents judged by a server that was killed after the third", judged, len(task.Documents))
	}
	says(t, last, ollama.ErrUnreachable, "quern-tiny")
	_, err := rerank.Rank(t.Context(), c, task, 0)
	says(t, err, ollama.ErrUnreachable, "ollama serve")

	s.Restart()
	if got := judge(t, c, task); len(got) != len(task.Documents) {
		t.Errorf("%d scores after the server was started again", len(got))
	}
}

// Two clients at the same time get the scores that each would get alone.
func TestTwoClients(t *testing.T) {
	s := ollamatest.Start(t)
	s.Create("quern-tiny", models(t)["quern-tiny"])
	x := exchange{&http.Client{}, s.URL}
	all := tasks(t, 2000)
	want := make([][]rerank.Score, 2)
	for i := range want {
		want[i] = judge(t, open(t, x, "quern-tiny"), all[i])
	}
	t.Run("together", func(t *testing.T) {
		for i := range want {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for k, got := range judge(t, open(t, x, "quern-tiny"), all[i]) {
					if d := got.Logit - want[i][k].Logit; d > cacheNoise || d < -cacheNoise {
						t.Errorf("client %d, document %d: logit %.4f, alone %.4f", i, k, got.Logit, want[i][k].Logit)
					}
				}
			})
		}
	})
}

// A model that is created anew under the same name is another model: its scores must not come from the cache of the old.
func TestModelIsReplaced(t *testing.T) {
	s := ollamatest.Start(t)
	all := models(t)
	s.Create("m", all["random-f16"])
	first := open(t, exchange{&http.Client{}, s.URL}, "m").Model()
	s.Create("m", all["random-q8_0"])
	second := open(t, exchange{&http.Client{}, s.URL}, "m").Model()
	if first.Fingerprint == "" || first.Fingerprint == second.Fingerprint {
		t.Errorf("fingerprints %q and %q of two models", first.Fingerprint, second.Fingerprint)
	}
}

// hanging is a client of a server that is asked and does not answer: it calls asked when a prompt has come, and left when
// the client has gone.
func hanging(t *testing.T, asked, left func()) *ollama.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/version":
			fmt.Fprint(w, `{"version":"0.24.0"}`)
		case "/api/show":
			fmt.Fprint(w, `{"capabilities":["completion"],"model_info":{"general.architecture":"qwen3"}}`)
		case "/api/generate":
			_, _ = io.Copy(io.Discard, r.Body) // only then does a server notice that its client has gone
			asked()
			<-r.Context().Done()
			left()
		}
	}))
	t.Cleanup(s.Close)
	return open(t, exchange{&http.Client{}, parse(t, s.URL)}, "m")
}

// A deadline is a deadline, though Go's words for it are nearly those of a server whose context is exceeded.
func TestDeadlineIsNoLongPrompt(t *testing.T) {
	c := hanging(t, func() {}, func() {})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	task := rerank.Task{Query: "q", Documents: []string{"d"}, Instruct: strings.Repeat("a long one ", 500)}
	if _, err := rerank.Rank(ctx, c, task, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// A caller who has gone leaves no request behind.
func TestCancelledRequestsEnd(t *testing.T) {
	asked, left := make(chan bool), make(chan bool)
	c := hanging(t, func() { asked <- true }, func() { left <- true })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for range ollama.DefaultParallel {
			<-asked
		}
		cancel()
	}()
	_, err := rerank.Rank(ctx, c, rerank.Task{Query: "q", Documents: make([]string, 9)}, 0)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	for range ollama.DefaultParallel {
		<-left
	}
}
