package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/quern-search/quern/rerank/models"
)

// pullCommand is what `quern pull` was told.
type pullCommand struct {
	storeFlags
	name   string
	sha256 string
	asJSON bool
}

func newPull() *cobra.Command {
	var c pullCommand
	cmd := &cobra.Command{
		Use:                   "pull NAME|hf:OWNER/REPO/FILE[@REVISION]|hf:OWNER/REPO:Q8_0|URL",
		DisableFlagsInUseLine: true,
		Short:                 "Fetch a model, to be used by its name and offline",
		Long: `pull fetches a model into a folder of this machine and prints its path. From then on --model NAME means it. NAME is one
that "quern models list" shows; a GGUF of any repository of Hugging Face, or of any URL, gets its file's name, or the
one that --as gives. hf:OWNER/REPO without a file is for safetensors models.

What an interrupt or a broken connection leaves is kept, and the same command goes on from there. The file is held against
the checksum that is known for it, that Hugging Face states, or that --sha256 gives.

HF_TOKEN is a token for repositories that ask for one; HF_ENDPOINT is where Hugging Face is, for those who use a mirror;
HTTPS_PROXY and NO_PROXY name proxies.`,
		Example: `  quern pull qwen3-reranker-0.6b
  quern pull hf:Voodisss/Qwen3-Reranker-4B-GGUF-llama_cpp:Q4_K_M --as judge
  quern pull hf:Qwen/Qwen3-Reranker-0.6B
  quern pull https://models.example.com/reranker.gguf --sha256 22c9979c...`,
		Args: arguments(cobra.ExactArgs(1), `one model: a name that "quern models list" shows, hf:OWNER/REPO/FILE or a URL`),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, args[0]) },
	}
	cmd.Flags().StringVar(&c.name, "as", "", "call the model `NAME`")
	cmd.Flags().StringVar(&c.sha256, "sha256", "", "make sure that the file has this `CHECKSUM`, 64 hexadecimal digits")
	cmd.Flags().BoolVar(&c.asJSON, "json", false, "print JSON: what was pulled, from where, and its checksums")
	c.storeFlags.add(cmd.Flags())
	return cmd
}

func (c pullCommand) run(cmd *cobra.Command, what string) error {
	src, name, err := c.source(what)
	if err != nil {
		return err
	}
	store := c.store()
	if store.Dir == "" {
		return fmt.Errorf("there is no folder for models: name one with --models, or in %s", modelsVariable)
	}
	ctx, stderr := cmd.Context(), cmd.ErrOrStderr()
	shown := &pulling{bar: newProgress(stderr, "bytes"), stderr: stderr, from: src, into: store.Dir}
	m, err := store.Pull(ctx, src, name, models.Config{
		Endpoint: os.Getenv("HF_ENDPOINT"),
		Token:    os.Getenv("HF_TOKEN"),
		Progress: shown.step,
	})
	shown.bar.end()
	if err != nil {
		shown.kept(store)
		return err
	}
	if shown.started() {
		fmt.Fprintf(stderr, "quern: pulled %s, %s: quern serve --model %s\n", m.Name, vouched(m.Checked()), m.Name)
	}
	if c.asJSON {
		return writeJSON(cmd.OutOrStdout(), pulledModel{m, m.Path()})
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), m.Path())
	return err
}

// pulledModel is the form of `pull --json`.
type pulledModel struct {
	models.Model
	Path string `json:"path"` // what --model could have instead of the name
}

// vouched says who stated the checksum that a model was held against.
func vouched(by string) string {
	switch by {
	case "":
		return "for which nobody states a checksum"
	case models.ByCaller:
		return "with the checksum that you gave"
	}
	return "with the checksum that " + by + " states"
}

// source reads what is to be pulled, and the name that it is to have; empty for its own.
func (c pullCommand) source(what string) (src models.Source, name string, err error) {
	name = c.name
	if e, known := models.Known(what); known {
		src, name = e.Source(), cmp.Or(name, e.Name)
		what = src.String()
	}
	switch {
	case what == modelTiny || what == modelNone || name == modelTiny || name == modelNone:
		return src, "", usagef("%q and %q are built in: pull another model, or call it something else", modelTiny, modelNone)
	case name != "":
		if err := models.CheckName(name); err != nil {
			return src, "", usagef("--as: %w", err)
		}
	}
	for _, prefix := range []string{modelOllama, modelOllamaFile} {
		if file, is := strings.CutPrefix(what, prefix); is {
			return src, "", usagef("%q is for Ollama to pull: ollama pull %s", what, file)
		}
	}
	switch {
	case c.sha256 == "":
	case strings.Contains(what, "#"):
		return src, "", usagef("--sha256 is given beside another checksum: leave it out")
	default:
		what += "#sha256=" + c.sha256
	}
	pinned := src.SHA256
	if src, err = models.Parse(what); err != nil {
		return src, "", usageError{unknown(what, err)}
	}
	src.SHA256 = cmp.Or(src.SHA256, pinned)
	return src, name, nil
}

// unknown says of a plain name that cannot be pulled which can.
func unknown(what string, err error) error {
	what, _, _ = strings.Cut(what, "#")
	if models.CheckName(strings.ToLower(what)) != nil {
		return err
	}
	var known []string
	for _, e := range models.Catalogue() {
		known = append(known, e.Name)
	}
	hint := "quern models list shows those that there are; others are hf:OWNER/REPO/FILE or a URL"
	if like := near(what, known); len(like) > 0 {
		hint = "did you mean " + strings.Join(like, " or ") + "?"
	}
	return fmt.Errorf("there is no model %q to pull: %s", what, hint)
}

// A pulling shows how far a pull is: with a line that is drawn anew on a terminal, or else with one now and then.
type pulling struct {
	bar    *progress
	stderr io.Writer
	from   models.Source
	into   string

	before int64     // bytes that were here already
	since  time.Time // when the first came; zero: none has
	told   time.Time // when a line last said how far it is
}

// tellEvery is how often a line says how far a pull is where nobody watches.
const tellEvery = 30 * time.Second

func (p *pulling) started() bool { return !p.since.IsZero() }

func (p *pulling) step(is models.Progress) {
	if is.Note != "" {
		p.bar.end()
		fmt.Fprintf(p.stderr, "quern: %s\n", oneLine(is.Note))
		return
	}
	if !p.started() {
		p.before, p.since, p.told = is.Done, time.Now(), time.Now()
		fmt.Fprintf(p.stderr, "quern: pulling %s to %s: %s\n", p.from, p.into, sizeOf(is.Total))
	}
	line := func(time.Duration) string { return bytesLine(p.before, is.Done, is.Total, time.Since(p.since)) }
	p.bar.show(line)
	if p.bar.w == nil && time.Since(p.told) >= tellEvery {
		p.told = time.Now()
		fmt.Fprintf(p.stderr, "quern: %s\n", line(0))
	}
}

// sizeOf is a length, for people.
func sizeOf(bytes int64) string {
	if bytes == 0 {
		return "nobody tells how long it is"
	}
	return models.Bytes(bytes)
}

// kept says what there is to go on from.
func (p *pulling) kept(store models.Store) {
	partials, _ := store.Partials() // there is another error to tell
	for _, left := range partials {
		if left.Source == p.from.String() && left.Done > 0 {
			fmt.Fprintf(p.stderr, "quern: %s of %s are kept: the same command goes on from there\n", models.Bytes(left.Done), left.Name)
		}
	}
}
