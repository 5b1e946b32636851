package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/ollama"
	"github.com/quern-search/quern/rerank/remote"
)

// modelFlags name what judges.
type modelFlags struct {
	name     string
	fallback []string
	noProbe  bool
	pull     bool
	storeFlags
}

const modelHelp = "`MODEL` that judges: tiny (built in), the name of one that was pulled, the path of a GGUF file or a safetensors folder, ollama:NAME, ollama-file:NAME, the URL of a rerank API, or none"

func (f *modelFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.name, "model", modelTiny, modelHelp)
	flags.StringArrayVar(&f.fallback, "fallback", nil, "`MODEL` that judges when the one before it fails or is over its time, named as for --model; may be repeated")
	flags.BoolVar(&f.noProbe, "no-probe", false, "take the models without asking them four known questions first; answers then call them unverified")
	flags.BoolVar(&f.pull, "pull", false, "let Ollama fetch the models that it does not have")
	f.storeFlags.add(flags)
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
	facts  []rerank.Fact // what is known of it
	note   string        // what people should know before they trust it; mostly empty
}

// open opens all models, in the order in which they are asked; none for --model none. One whose server cannot be reached
// now is opened later, if there is another that can be asked until then. The error says how to go on without the one
// that cannot be opened.
func (f modelFlags) open(ctx context.Context, c console) ([]model, error) {
	if f.name == modelNone {
		return nil, nil
	}
	names := append([]string{f.name}, f.fallback...)
	models, errs := make([]model, len(names)), make([]error, len(names))
	reached := 0
	for i, name := range names {
		models[i], errs[i] = f.openOne(ctx, name, c)
		switch {
		case errs[i] == nil:
			reached++
		case len(names) == 1 || !isUnreachable(errs[i]):
			return nil, fmt.Errorf("%w (%s)", errs[i], without(i, name))
		}
	}
	for i, err := range errs {
		switch {
		case err == nil:
		case reached == 0:
			return nil, fmt.Errorf("%w (%s)", err, without(i, names[i]))
		default:
			warnf(c.stderr, "%v: it is tried again when it is needed, every %v", err, tryAgain)
			models[i] = newLater(f, names[i]).model()
		}
	}
	return models, nil
}

// without says how to go on without the i-th model.
func without(i int, name string) string {
	if i == 0 {
		return "to search without a model: --model none"
	}
	return "to go without this fallback: leave out --fallback " + name
}

func isUnreachable(err error) bool {
	return errors.Is(err, ollama.ErrUnreachable) || errors.Is(err, remote.ErrUnreachable)
}

// openOne loads a model and, unless told not to, makes sure that it judges.
func (f modelFlags) openOne(ctx context.Context, name string, c console) (model, error) {
	b, err := f.fetched(ctx, name, c)
	if err != nil {
		return model{}, err
	}
	if f.noProbe {
		return model{unverified{b}, b.Facts(), "unverified: it was not probed"}, nil
	}
	if err := probe(ctx, b); err != nil {
		return model{}, fmt.Errorf("%w (to skip the probe: --no-probe)", err)
	}
	return model{scorer: b, facts: b.Facts()}, nil
}

// probe makes sure that a model judges, and that a server uses the prompt.
func probe(ctx context.Context, b backend) error {
	if err := rerank.Probe(ctx, b); err != nil {
		return err
	}
	if _, ok := b.(*remote.Client); ok {
		return rerank.Templateless(ctx, b)
	}
	return nil
}

// fetched opens a model, and has Ollama fetch one that it lacks if that was asked for.
func (f modelFlags) fetched(ctx context.Context, name string, c console) (backend, error) {
	b, err := openBackend(ctx, name, f.store())
	if !errors.Is(err, ollama.ErrNotPulled) {
		return b, err
	}
	switch {
	case f.pull:
	case !c.watched():
		return nil, fmt.Errorf("%w (to have it pulled: --pull)", err)
	case !c.confirm(ctx, fmt.Sprintf("%v: have it pulled now?", err)):
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("model %q: not pulled, as you said", name)
	}
	if err := ollamaPull(ctx, name, c.stderr); err != nil {
		return nil, err
	}
	return openBackend(ctx, name, f.store())
}

// A console is where a person may be: asked on standard error, answering on standard input.
type console struct {
	stdin  io.Reader
	stderr io.Writer
}

func consoleOf(cmd *cobra.Command) console { return console{cmd.InOrStdin(), cmd.ErrOrStderr()} }

// watched tells whether somebody is there to be asked.
func (c console) watched() bool { return isTerminal(c.stdin) && isTerminal(c.stderr) }

// confirm asks a question that is answered with yes or no.
func (c console) confirm(ctx context.Context, question string) bool {
	fmt.Fprintf(c.stderr, "quern: %s [y/N] ", oneLine(question))
	said := make(chan string, 1)
	go func() {
		var answer string
		_, _ = fmt.Fscanln(c.stdin, &answer) // no answer is a no
		said <- answer
	}()
	select {
	case answer := <-said:
		return answer == "y" || answer == "yes"
	case <-ctx.Done():
		return false
	}
}

// unverified is a model that was not probed. Wherever its name is shown, the answers of an API and the page included,
// it says so.
type unverified struct{ rerank.Scorer }

func (u unverified) Model() rerank.Model {
	m := u.Scorer.Model()
	m.Name += " (unverified)"
	return m
}

// Unwrap gives rerank.CountTokens the model itself.
func (u unverified) Unwrap() rerank.Scorer { return u.Scorer }
