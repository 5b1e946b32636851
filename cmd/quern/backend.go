package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ollama/ollama/envconfig"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/ollama"
	"github.com/quern-search/quern/rerank/qwen3"
	"github.com/quern-search/quern/rerank/remote"
)

// The names of --model that are not files, and what the others begin with.
const (
	modelTiny   = "tiny" // the one that is built in
	modelNone   = "none"
	modelOllama = "ollama:"
)

// A backend judges, and tells what is known of it.
type backend interface {
	rerank.Scorer
	Facts() []rerank.Fact
}

// openBackend finds out what kind of name it was given, and opens it. It does not probe.
func openBackend(ctx context.Context, name string) (backend, error) {
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
	case isPath(name):
		return orNil(qwen3.Open(name, qwen3.Config{}))
	}
	return nil, fmt.Errorf(`model %q: there is no such file, and fetching models by name is not built in yet: give "tiny", "none", the path of a GGUF file or a safetensors folder, ollama:NAME or the URL of a rerank API`, name)
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

// isPath tells a path from a name: it exists, or it looks like one, so that a mistyped path is told as such.
func isPath(name string) bool {
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) || filepath.Base(name) != name {
		return true
	}
	kind := strings.ToLower(filepath.Ext(name))
	return kind == ".gguf" || kind == ".safetensors"
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

// pull has Ollama fetch a model, and shows how far it is.
func pull(ctx context.Context, name string, stderr io.Writer) error {
	cfg, err := ollamaConfig(name)
	if err != nil {
		return err
	}
	const mb = 1 << 20
	shown := newProgress(stderr, "MB of "+cfg.Model)
	defer shown.end()
	return ollama.Pull(ctx, cfg, func(p ollama.Progress) { shown.step(int(p.Done/mb), int(p.Total/mb)) })
}
