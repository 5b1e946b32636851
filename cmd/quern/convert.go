package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/quern-search/quern/index/corpus"
	"github.com/quern-search/quern/pipeline/eval"
)

// convertCommand is what `quern convert` was told.
type convertCommand struct {
	to     string
	topics string
	corpus string
	out    string
	isRun  bool
}

func newConvert() *cobra.Command {
	var c convertCommand
	cmd := &cobra.Command{
		Use:   "convert FILE --to FORM",
		Short: "Convert judgments or runs into the form of another tool",
		Long: `convert reads judgments in any form and prints them in another: trec (qrels), beir, quepid (CSV), rank_eval (the JSON of
Elasticsearch) or jsonl. FILE may be a folder in BEIR's layout. With --out it writes such a folder, for which --corpus
reads documents as serve does. With --run it converts a run, into trec or jsonl.

What is malformed is told with file and line, counted and left out; then the command ends with status 1.`,
		Example: `  quern convert quepid.csv --to trec > qrels.txt
  quern convert qrels.txt --topics queries.tsv --to rank_eval > rank_eval.json
  quern convert quepid.csv --to beir --corpus ./docs --out ./data
  quern convert --run answers.jsonl --to trec > answers.run`,
		Args: arguments(cobra.ExactArgs(1), "one file"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&c.to, "to", "", "the `FORM` to write: beir, trec, quepid, rank_eval or jsonl")
	flags.StringVar(&c.topics, "topics", "", "the texts of the queries, in `FILE`: JSONL as BEIR has it, or an ID, a tab and the text")
	flags.StringVar(&c.out, "out", "", "write a folder `DIR` in BEIR's layout, with the queries too")
	flags.StringVar(&c.corpus, "corpus", "", "the documents at `PATH`, for that folder: whatever `serve --corpus` takes")
	flags.BoolVar(&c.isRun, "run", false, "FILE is a run")
	return cmd
}

func (c convertCommand) run(cmd *cobra.Command, name string) error {
	form := eval.Form(c.to)
	forms := eval.Forms()
	if c.isRun {
		forms = []eval.Form{eval.TREC, eval.JSONL}
	}
	switch {
	case !slices.Contains(forms, form):
		return usagef("--to is %q: give one of %q", c.to, forms)
	case c.out != "" && form != eval.BEIR:
		return usagef("--out writes a folder in BEIR's layout: say --to beir, or leave it out and redirect what is printed")
	case c.corpus != "" && c.out == "":
		return usagef("--corpus without a folder to write it into: name it with --out")
	}
	var wrong int
	var err error
	if c.isRun {
		wrong, err = convertRun(name, form, cmd.OutOrStdout(), cmd.ErrOrStderr())
	} else {
		wrong, err = c.convert(name, form, cmd.OutOrStdout(), cmd.ErrOrStderr())
	}
	if err == nil && wrong > 0 {
		err = fmt.Errorf("what is told of above is left out or was decided, the rest is written: mend %q, or take it as it is", name)
	}
	return err
}

func convertRun(name string, form eval.Form, stdout, stderr io.Writer) (wrong int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	run, warnings, err := eval.ReadRun(f, name)
	tell(warnings, stderr)
	if err != nil {
		return 0, err
	}
	return len(warnings), eval.WriteRun(stdout, run, "", form)
}

func (c convertCommand) convert(name string, form eval.Form, stdout, stderr io.Writer) (wrong int, err error) {
	j, warnings, err := dataFlags{qrels: name, topics: c.topics}.judgments()
	tell(warnings, stderr)
	if err != nil {
		return 0, err
	}
	if c.out != "" {
		return len(warnings), c.writeFolder(j, stderr)
	}
	var b bytes.Buffer // so that there is all or nothing
	if err := eval.WriteJudgments(&b, j, form); err != nil {
		return 0, err
	}
	_, err = b.WriteTo(stdout)
	return len(warnings), err
}

func tell(warnings []error, stderr io.Writer) {
	for _, w := range warnings {
		warnf(stderr, "%s", w)
	}
}

// writeFolder writes a folder in BEIR's layout.
func (c convertCommand) writeFolder(j eval.Judgments, stderr io.Writer) error {
	noText := func(q eval.Query) bool { return q.Text == "" }
	if slices.ContainsFunc(j.Queries, noText) {
		return errors.New("there are queries without a text, which a folder needs: give the texts with --topics")
	}
	if inside(c.out, c.corpus) {
		return fmt.Errorf("--out %s lies in the corpus %s, whose files would be read while they are written: give another folder", c.out, c.corpus)
	}
	if err := os.MkdirAll(filepath.Join(c.out, "qrels"), 0o755); err != nil {
		return err
	}
	err := errors.Join(
		writeFile(filepath.Join(c.out, "queries.jsonl"), func(w io.Writer) error { return eval.WriteQueries(w, j.Queries) }),
		writeFile(filepath.Join(c.out, "qrels", "test.tsv"), func(w io.Writer) error { return eval.WriteJudgments(w, j, eval.BEIR) }))
	if err != nil || c.corpus == "" {
		return err
	}
	return writeFile(filepath.Join(c.out, "corpus.jsonl"), func(w io.Writer) error { return writeCorpus(w, c.corpus, stderr) })
}

// inside tells whether a folder is a corpus or lies in it. A corpus that is one file has no inside.
func inside(folder, corpus string) bool {
	info, err := os.Stat(corpus)
	if err != nil || !info.IsDir() {
		return false
	}
	from, err1 := filepath.Abs(corpus)
	to, err2 := filepath.Abs(folder)
	way, err3 := filepath.Rel(from, to)
	return errors.Join(err1, err2, err3) == nil && filepath.IsLocal(way)
}

// writeFile writes a file beside its place, and puts it there when it is whole: what is there may be what is read, and stays
// if anything fails.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // does nothing once it has its name
	if err := errors.Join(write(f), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// writeCorpus writes documents as BEIR has them, a line each.
func writeCorpus(w io.Writer, path string, stderr io.Writer) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("corpus: %w: %s", err, corpusForms)
	}
	lines, broken := json.NewEncoder(w), 0
	lines.SetEscapeHTML(false)
	for d, err := range corpus.Open(path) {
		if err != nil {
			broken++
			warnf(stderr, "%s", err)
			continue
		}
		line := struct {
			ID    string `json:"_id"`
			Title string `json:"title"`
			Text  string `json:"text"`
			URL   string `json:"url,omitempty"`
		}{d.ID, d.Title, d.Body, d.URL}
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	if broken > 0 {
		return fmt.Errorf("%d broken in the corpus, left out", broken)
	}
	return nil
}
