package ollama_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/ollama"
	"github.com/quern-search/quern/rerank/ollama/ollamatest"
)

// The server fetches the model, tells how far it is, and then judges with it.
func TestPull(t *testing.T) {
	file := models(t)["quern-tiny"]
	registry := ollamatest.NewRegistry(t, "tiny", file)
	s := ollamatest.Start(t, registry.Env)
	cfg := ollama.Config{Model: registry.Model, Host: s.URL}
	if _, err := ollama.Open(t.Context(), cfg); !errors.Is(err, ollama.ErrNotPulled) {
		t.Fatalf("before it was pulled: error %v", err)
	}
	var total int64
	var told []string
	err := ollama.Pull(t.Context(), cfg, func(p ollama.Progress) {
		total = max(total, p.Total)
		if len(told) == 0 || told[len(told)-1] != p.Status {
			told = append(told, p.Status)
		}
		if p.Done > p.Total {
			t.Errorf("%d of %d bytes", p.Done, p.Total)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(told)
	if total != int64(len(file)) {
		t.Errorf("the largest layer was said to have %d bytes, not %d", total, len(file))
	}
	if err := rerank.Probe(t.Context(), open(t, exchange{&http.Client{}, s.URL}, registry.Model)); err != nil {
		t.Error(err)
	}

	cfg.Model = strings.Replace(registry.Model, "tiny", "nowhere", 1)
	err = ollama.Pull(t.Context(), cfg, func(ollama.Progress) {})
	if err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("pulling what is not there: error %v", err)
	}
	t.Log(err)
}
