package main

import (
	"cmp"
	"context"
	"io"
	"os"
	"strings"
	"time"

	"github.com/ollama/ollama/envconfig"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/models"
	"github.com/quern-search/quern/rerank/ollama"
	"github.com/quern-search/quern/rerank/qwen3"
	"github.com/quern-search/quern/rerank/remote"
)

// The names of --model that are not files, and what the others begin with.
const (
	modelTiny       = "tiny" // the one that is built in
	modelNone       = "none"
	modelOllama     = "ollama:"      // one that a server of Ollama's runs
	modelOllamaFile = "ollama-file:" // one that Ollama has pulled, run in this process
)

// A backend judges, and tells what is known of it.
type backend interface {
	rerank.Scorer
	Facts() []rerank.Fact
}

// openBackend finds out what kind of name it was given, and opens it. It does not probe.
func openBackend(ctx context.Context, name string, store models.Store) (backend, error) {
	switch {
	case name == modelTiny:
		file, size := fixtures.Model()
		return orNil(qwen3.New(file, size, qwen3.Config{}))
	case strings.HasPrefix(name, modelOllama):
		cfg, err := ollamaConfig(name)
		if err != nil {
			return nil, err
		}
		return orNil(ollama.Open(ctx, cfg))
	case isURL(name):
		cfg, err := remoteConfig(name)
		if err != nil {
			return nil, err
		}
		return orNil(remote.Open(ctx, cfg))
	}
	l, err := locate(name, store)
	if err != nil {
		return nil, err
	}
	return orNil(qwen3.Open(l.path, qwen3.Config{}))
}

// orNil keeps a nil pointer from becoming a backend that is not nil.
func orNil[B backend](b B, err error) (backend, error) {
	if err != nil {
		return nil, err
	}
	return b, nil
}

func isURL(name string) bool {
	return strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://")
}

// ollamaConfig reads ollama:NAME, with settings perhaps. The server is where OLLAMA_HOST says, in any form that Ollama
// itself takes.
func ollamaConfig(name string) (ollama.Config, error) {
	base, s := cutSettings(name, "num_ctx", "keep_alive", "parallel")
	cfg := ollama.Config{
		Model:     strings.TrimPrefix(base, modelOllama),
		Host:      envconfig.ConnectableHost(),
		Context:   s.number("num_ctx"),
		KeepAlive: s.forever("keep_alive"),
		Parallel:  s.number("parallel"),
	}
	if cfg.Model == "" {
		return cfg, usagef("model %q: name one that Ollama has, as `ollama list` prints it", name)
	}
	if strings.Contains(cfg.Host.Host, "@") {
		return cfg, usagef("OLLAMA_HOST has a user name or a password, which Ollama does not ask for: leave it out")
	}
	return cfg, s.err
}

// remoteConfig reads the URL of a rerank API, with settings perhaps. The key comes from the environment: a command line
// can be read by everybody on the machine.
func remoteConfig(name string) (remote.Config, error) {
	base, s := cutSettings(name, "dialect", "model", "batch", "parallel", "timeout", "key_env")
	cfg := remote.Config{
		URL:      base,
		Dialect:  s.text("dialect"),
		Model:    s.text("model"),
		Batch:    s.number("batch"),
		Parallel: s.number("parallel"),
		Timeout:  s.duration("timeout"),
	}
	variables := remote.KeyVariables(base, cfg.Dialect)
	if v := s.text("key_env"); v != "" {
		variables, cfg.KeyHint = []string{v}, v
		if os.Getenv(v) == "" {
			return cfg, usagef("model %q: the environment has no %s: set it to the key", name, v)
		}
	}
	for _, v := range variables {
		cfg.Key = cmp.Or(cfg.Key, os.Getenv(v))
	}
	return cfg, s.err
}

// ollamaPull has Ollama fetch a model, and shows how far it is.
func ollamaPull(ctx context.Context, name string, stderr io.Writer) error {
	cfg, err := ollamaConfig(name)
	if err != nil {
		return err
	}
	shown := newProgress(stderr, "bytes")
	defer shown.end()
	return ollama.Pull(ctx, cfg, func(p ollama.Progress) {
		shown.show(func(took time.Duration) string { return cfg.Model + ": " + bytesLine(0, p.Done, p.Total, took) })
	})
}
