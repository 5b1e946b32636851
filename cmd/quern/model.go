package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/qwen3"
)

// The names of --model that are not files.
const (
	modelTiny = "tiny" // the one that is built in
	modelNone = "none"
)

// modelFlags name what judges.
type modelFlags struct {
	name    string
	noProbe bool
}

func (f *modelFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.name, "model", modelTiny, "`MODEL` that judges: tiny (built in), the path of a GGUF file, or none")
	flags.BoolVar(&f.noProbe, "no-probe", false, "take the model without asking it four known questions first; answers then call it unverified")
}

// A model is what --model named, ready to judge.
type model struct {
	scorer rerank.Scorer // nil: none
	kernel string        // the arithmetic it runs on; empty without a model
	note   string        // what people should know before they trust it; mostly empty
}

// open loads the model and, unless told not to, makes sure that it judges. The error says how to go on without it.
func (f modelFlags) open(ctx context.Context) (model, error) {
	if f.name == modelNone {
		return model{}, nil
	}
	e, err := openEngine(f.name)
	if err != nil {
		return model{}, fmt.Errorf("%w (to search without a model: --model none)", err)
	}
	if f.noProbe {
		return model{unverified{e}, e.Kernel(), "unverified: it was not probed"}, nil
	}
	if err := rerank.Probe(ctx, e); err != nil {
		return model{}, fmt.Errorf("%w (to skip the probe: --no-probe; to search without a model: --model none)", err)
	}
	return model{scorer: e, kernel: e.Kernel()}, nil
}

// openEngine finds out what kind of name it was given.
func openEngine(name string) (*qwen3.Engine, error) {
	switch {
	case name == modelTiny:
		file, size := fixtures.Model()
		return qwen3.New(file, size, qwen3.Config{})
	case strings.HasPrefix(name, "ollama:"):
		return nil, fmt.Errorf("model %q: models that Ollama serves are not built in yet: give the path of a GGUF file", name)
	case strings.HasPrefix(name, "http://"), strings.HasPrefix(name, "https://"):
		return nil, fmt.Errorf("model %q: models behind a rerank API are not built in yet: give the path of a GGUF file", name)
	case isPath(name):
		return qwen3.Open(name, qwen3.Config{})
	}
	return nil, fmt.Errorf(`model %q: there is no such file, and fetching models by name is not built in yet: give "tiny", "none" or the path of a GGUF file`, name)
}

// isPath tells a path from a name: it exists, or it looks like one, so that a mistyped path is told as such.
func isPath(name string) bool {
	_, err := os.Stat(name)
	return !errors.Is(err, fs.ErrNotExist) || filepath.Base(name) != name || strings.EqualFold(filepath.Ext(name), ".gguf")
}

// unverified is a model that was not probed. Wherever its name is shown, the answers of an API and the page included,
// it says so.
type unverified struct{ rerank.Scorer }

func (u unverified) Model() rerank.Model {
	m := u.Scorer.Model()
	m.Name += " (unverified)"
	return m
}
