// Package ollamatest runs a real Ollama server for tests.
//
// [Start] skips the test unless QUERN_OLLAMA names the binary of one; `.ci/ollama` builds it and prints its path:
//
//	QUERN_OLLAMA=$(.ci/ollama) go test ./rerank/ollama/ ./cmd/quern/
//
// A server has a folder of models of its own, empty at first, and a port that stays the same when it is started again.
// [Server.Create] puts GGUF files into it; nothing is fetched.
package ollamatest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ollama/ollama/api"
)

// Variable is the environment variable that names the binary of an Ollama server.
const Variable = "QUERN_OLLAMA"

// A Server is a running Ollama.
type Server struct {
	URL    *url.URL
	Models string // the folder where it keeps models

	t       testing.TB
	env     []string // in addition to this process's
	log     bytes.Buffer
	process *exec.Cmd // nil: not running
}

// startsWithin is how long a server may take to answer: seconds on a busy machine.
const startsWithin = 30 * time.Second

// Start starts a server, which ends with the test. Without [Variable] the test is skipped. The server's environment is
// that of the test and env, "KEY=value" each.
func Start(t testing.TB, env ...string) *Server {
	t.Helper()
	if os.Getenv(Variable) == "" {
		t.Skipf("set %s to the binary of an Ollama server to run this: %s=$(.ci/ollama) go test ./rerank/ollama/ ./cmd/quern/", Variable, Variable)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, Models: t.TempDir(), env: env, URL: &url.URL{Scheme: "http", Host: l.Addr().String()}}
	l.Close()
	s.Restart()
	t.Cleanup(func() {
		s.Kill()
		if t.Failed() {
			t.Logf("the end of the server's log:\n%s", tail(s.log.String(), 4000))
		}
	})
	return s
}

// Restart starts a server that is not running, at the same address and with the same models.
func (s *Server) Restart() {
	s.t.Helper()
	s.process = exec.Command(os.Getenv(Variable), "serve")
	s.process.Env = append(os.Environ(), "OLLAMA_HOST="+s.URL.Host, "OLLAMA_MODELS="+s.Models, "HOME="+s.Models, "OLLAMA_NO_CLOUD=1")
	s.process.Env = append(s.process.Env, s.env...)
	s.process.Stderr = &s.log
	group(s.process) // so that Kill takes its runners too
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), startsWithin)
	defer cancel()
	for {
		if _, err := s.client().Version(ctx); err == nil {
			return
		}
		select {
		case <-ctx.Done():
			s.t.Fatalf("ollama does not answer at %s:\n%s", s.URL, tail(s.log.String(), 4000))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Kill ends the server and its runners at once, as kill -9 and a power cut do.
func (s *Server) Kill() {
	if s.process == nil {
		return
	}
	killGroup(s.process)
	_ = s.process.Wait()
	s.process = nil
}

// KillRunners ends the processes that hold the models, as a system short of memory does, and leaves the server alone.
func (s *Server) KillRunners() {
	s.t.Helper()
	killed := 0
	commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, file := range commands {
		command, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(command, []byte("\x00runner\x00")) {
			continue // it has ended, or is something else
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			s.t.Fatal(err)
		}
		if runner, err := os.FindProcess(pid); err == nil && isInGroup(pid, s.process) && runner.Kill() == nil {
			killed++
		}
	}
	if killed == 0 {
		s.t.Fatal("no runner is running")
	}
}

// Create makes a model of a GGUF file, as `ollama create` does.
func (s *Server) Create(name string, gguf []byte) {
	s.t.Helper()
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(gguf))
	if err := s.client().CreateBlob(s.t.Context(), digest, bytes.NewReader(gguf)); err != nil {
		s.t.Fatal(err)
	}
	request := &api.CreateRequest{Model: name, Files: map[string]string{"model.gguf": digest}}
	err := s.client().Create(s.t.Context(), request, func(api.ProgressResponse) error { return nil })
	if err != nil {
		s.t.Fatal(err)
	}
}

// Pull has the server fetch a model, as `ollama pull` does.
func (s *Server) Pull(name string) {
	s.t.Helper()
	err := s.client().Pull(s.t.Context(), &api.PullRequest{Model: name}, func(api.ProgressResponse) error { return nil })
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) client() *api.Client { return api.NewClient(s.URL, http.DefaultClient) }

func tail(text string, n int) string {
	if len(text) > n {
		text = "..." + text[len(text)-n:]
	}
	return strings.TrimSpace(text)
}
