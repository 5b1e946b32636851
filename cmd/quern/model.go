package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	name     string
	fallback []string
	noProbe  bool
}

func (f *modelFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.name, "model", modelTiny, "`MODEL` that judges: tiny (built in), the path of a GGUF file, or none")
	flags.StringArrayVar(&f.fallback, "fallback", nil, "`MODEL` that judges when the one before it fails or is over its time, named as for --model; may be repeated")
	flags.BoolVar(&f.noProbe, "no-probe", false, "take the models without asking them four known questions first; answers then call them unverified")
}

// check refuses models that could never be asked.
func (f modelFlags) check() error {
	for i, name := range f.fallback {
		switch {
		case f.name == modelNone:
			return usagef("--fallback %s with --model none: name the model with --model, or leave --fallback out", name)
		case name == modelNone:
			return usagef("--fallback is none: leave it out; where no model judges, the answer is in BM25 order anyway")
		case name == f.name || slices.Contains(f.fallback[:i], name):
			return usagef("--fallback is %s, which is asked already: name another model", name)
		}
	}
	return nil
}

// A model is one that the flags named, ready to judge.
type model struct {
	scorer rerank.Scorer
	kernel string // the arithmetic it runs on
	note   string // what people should know before they trust it; mostly empty
}

// open opens all models, in the order in which they are asked; none for --model none. The error says how to go on
// without the one that cannot be opened.
func (f modelFlags) open(ctx context.Context) ([]model, error) {
	if f.name == modelNone {
		return nil, nil
	}
	first, err := f.openFirst(ctx)
	if err != nil {
		return nil, err
	}
	models := []model{first}
	for _, name := range f.fallback {
		m, err := f.openOne(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("%w (to go without this fallback: leave out --fallback %s)", err, name)
		}
		models = append(models, m)
	}
	return models, nil
}

// openFirst opens the model of --model. What a server that cannot be reached right now means is decided here: whoever
// has a fallback could start with that, and be told.
func (f modelFlags) openFirst(ctx context.Context) (model, error) {
	m, err := f.openOne(ctx, f.name)
	if err != nil {
		return model{}, fmt.Errorf("%w (to search without a model: --model none)", err)
	}
	return m, nil
}

// openOne loads a model and, unless told not to, makes sure that it judges.
func (f modelFlags) openOne(ctx context.Context, name string) (model, error) {
	e, err := openEngine(name)
	if err != nil {
		return model{}, err
	}
	if f.noProbe {
		return model{unverified{e}, e.Kernel(), "unverified: it was not probed"}, nil
	}
	if err := rerank.Probe(ctx, e); err != nil {
		return model{}, fmt.Errorf("%w (to skip the probe: --no-probe)", err)
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
