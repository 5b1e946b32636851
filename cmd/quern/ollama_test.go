package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/quern-search/quern/rerank/ollama/ollamatest"
)

// TestOllama runs testdata/ollama/*.txtar, one after the other, against a real Ollama that has quern-tiny and can pull
// $PULL. The command `ollama kill` ends that server at once, `ollama restart` starts it again, and `ollama judges URL`
// waits until its model is the one that answers there.
func TestOllama(t *testing.T) {
	tiny := tinyBytes(t)
	registry := ollamatest.NewRegistry(t, "tiny", tiny)
	server := ollamatest.Start(t, registry.Env)
	server.Create("quern-tiny", tiny)
	commands := maps.Clone(scriptCommands())
	commands["ollama"] = func(ts *testscript.TestScript, neg bool, args []string) {
		switch {
		case len(args) == 1 && args[0] == "kill":
			server.Kill()
		case len(args) == 1 && args[0] == "restart":
			server.Restart()
		case len(args) == 2 && args[0] == "judges":
			ts.Check(eventually(args[1], `"model":"ollama:quern-tiny"`))
		default:
			ts.Fatalf("usage: ollama kill|restart, or ollama judges URL")
		}
	}
	testscript.RunT(inSequence{t}, testscript.Params{
		Dir:                 "testdata/ollama",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("OLLAMA_HOST", server.URL.Host)
			env.Setenv("OLLAMA_MODELS", server.Models)
			env.Setenv("PULL", registry.Model)
			return setup(env)
		},
		Cmds: commands,
	})
}

// eventually asks until the answer has a text: a model that is opened again takes its time.
func eventually(url, want string) error {
	const patience = 2 * time.Minute
	for start := time.Now(); time.Since(start) < patience; time.Sleep(time.Second) {
		answer, err := http.Get(url)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || strings.Contains(string(body), want) {
			return err
		}
	}
	return fmt.Errorf("%s: no answer within %v has %s", url, patience, want)
}

// inSequence runs scripts one after the other: they share a server that they kill.
type inSequence struct{ *testing.T }

func (inSequence) Parallel()     {}
func (inSequence) Verbose() bool { return testing.Verbose() }
func (t inSequence) Run(name string, run func(testscript.T)) {
	t.T.Run(name, func(t *testing.T) { run(inSequence{t}) })
}
