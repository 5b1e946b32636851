// Package llamatest runs a real llama-server for tests.
//
// [Start] skips the test unless QUERN_LLAMA_SERVER names the binary of one; `.ci/llama-server` builds it and prints its
// path:
//
//	QUERN_LLAMA_SERVER=$(.ci/llama-server) go test ./rerank/remote/...
//
// [Tiny] is a model for it, made of quern-tiny; nothing is fetched.
package llamatest

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/rerank/internal/bake"
	"github.com/quern-search/quern/rerank/internal/gguf"
)

// Variable is the environment variable that names the binary of a llama-server.
const Variable = "QUERN_LLAMA_SERVER"

// startsWithin is how long a server may take to answer: seconds on a busy machine.
const startsWithin = 30 * time.Second

// A Server is a llama-server.
type Server struct {
	URL string // http://127.0.0.1:PORT, the same after a Restart

	t       testing.TB
	args    []string
	port    string
	log     log
	process *exec.Cmd // nil: not running
}

// Start starts a server with a model, a GGUF file, at a free port, with one slot (-np 1) and whatever args add: without
// "--rerank" it does not rerank. It ends with the test. Without [Variable] the test is skipped.
func Start(t testing.TB, model []byte, args ...string) *Server {
	t.Helper()
	if os.Getenv(Variable) == "" {
		t.Skipf("set %s to the binary of a llama-server to run this: %s=$(.ci/llama-server) go test ./rerank/remote/...", Variable, Variable)
	}
	file := filepath.Join(t.TempDir(), "model.gguf")
	if err := os.WriteFile(file, model, 0o600); err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, port: "0", args: append([]string{"-m", file, "--alias", "quern-tiny", "--host", "127.0.0.1", "-np", "1"}, args...)}
	t.Cleanup(func() {
		s.Kill()
		if t.Failed() {
			t.Logf("the end of the server's log:\n%s", s.log.tail(4000))
		}
	})
	s.Restart()
	return s
}

// Restart starts the server again, after Kill, at the same port. It returns when the server answers.
func (s *Server) Restart() {
	s.t.Helper()
	s.process = exec.Command(os.Getenv(Variable), append(s.args, "--port", s.port)...)
	address := s.log.watch()
	s.process.Stdout, s.process.Stderr = &s.log, &s.log
	if err := s.process.Start(); err != nil {
		s.process = nil
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), startsWithin)
	defer cancel()
	select {
	case s.URL = <-address:
	case <-ctx.Done():
		s.t.Fatalf("llama-server does not listen:\n%s", s.log.tail(4000))
	}
	at, err := url.Parse(s.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	s.port = at.Port()
	for !s.ready(ctx) {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			s.t.Fatalf("llama-server is not ready:\n%s", s.log.tail(4000))
		}
	}
}

// ready tells whether the model is loaded.
func (s *Server) ready(ctx context.Context) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/health", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer a.Body.Close()
	return a.StatusCode == http.StatusOK
}

// Kill ends the server at once, as kill -9 and a power cut do.
func (s *Server) Kill() {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
	s.process = nil
}

// Tiny returns quern-tiny as llama-server wants it, with its reranking head. With wide its weights are F32, so that the
// server rounds next to nothing.
func Tiny(t testing.TB, wide bool) []byte {
	t.Helper()
	weights := gguf.Q8_0
	if wide {
		weights = gguf.F32
	}
	file, err := bake.Rank(Headless(t), weights)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// Headless returns quern-tiny as it is: llama-server serves it, and answers numbers that mean nothing.
func Headless(t testing.TB) []byte {
	t.Helper()
	file, size := fixtures.Model()
	data, err := io.ReadAll(io.NewSectionReader(file, 0, size))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func tail(text string, n int) string {
	if len(text) > n {
		text = "..." + text[len(text)-n:]
	}
	return strings.TrimSpace(text)
}
