package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/rerank"
)

func newBench() *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast a model judges on this machine",
		Long: `bench has a model judge the documents of one query and says how long that took: reading the texts included, after
the model was loaded and has judged two other documents to warm up. Every run asks for the same scores anew.

The work is 50 of the built-in articles, or a JSON file with "query", "instruct" (which may be left out) and lists of
documents under "docs_NAME", one of which --set chooses.`,
		Example: `  quern bench
  quern bench --model ./Qwen3-Reranker-0.6B.Q8_0.gguf --work rerank-work.json --set 150
  QUERN_CPU=avx2 quern bench --runs 5 --json`,
		Args: arguments(cobra.NoArgs, "no arguments: the model is named with --model"),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.models.noProbe = true // weights that judge nothing are as fast as others
	cmd.Flags().StringVar(&f.models.name, "model", modelTiny, modelHelp)
	f.models.storeFlags.add(cmd.Flags())
	cmd.Flags().StringVar(&f.work, "work", "", "`FILE` with the work, JSON")
	cmd.Flags().StringVar(&f.set, "set", "", "`NAME` of the list of documents in the file")
	cmd.Flags().IntVar(&f.runs, "runs", 1, "`N` times; the fastest counts")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return cmd
}

type benchFlags struct {
	models    modelFlags
	work, set string
	runs      int
	json      bool
}

// benchResult is the form of `bench --json`.
type benchResult struct {
	Seconds   float64 `json:"seconds"` // of the fastest run, wall clock
	Set       string  `json:"set"`
	Documents int     `json:"documents"`
	Tokens    int     `json:"tokens"` // of all prompts, what they share counted for each
	CPU       string  `json:"cpu"`
	Kernel    string  `json:"kernel,omitempty"` // of a model that runs in this process
	Model     string  `json:"model"`
}

func (f *benchFlags) run(cmd *cobra.Command) error {
	if f.runs < 1 {
		return usagef("--runs is %d: give 1 or more", f.runs)
	}
	if f.models.name == modelNone {
		return usagef("--model is none: name a model to measure")
	}
	set, task, err := f.task()
	if err != nil {
		return err
	}
	b, err := f.models.fetched(cmd.Context(), f.models.name, consoleOf(cmd))
	if err != nil {
		return err
	}
	r := benchResult{Set: set, Documents: len(task.Documents), CPU: cpuName(), Kernel: kernelOf(b.Facts()), Model: b.Model().Name}
	warm := rerank.Task{Query: "warm up", Documents: task.Documents[:min(2, len(task.Documents))]}
	if _, _, err := timed(cmd.Context(), b, warm); err != nil {
		return err
	}
	for range f.runs {
		tokens, took, err := timed(cmd.Context(), b, task)
		if err != nil {
			return err
		}
		if s := took.Seconds(); r.Seconds == 0 || s < r.Seconds {
			r.Seconds = s
		}
		r.Tokens = tokens
	}
	if f.json {
		return writeJSON(cmd.OutOrStdout(), r)
	}
	return r.write(cmd.OutOrStdout())
}

func (r benchResult) write(w io.Writer) error {
	by := r.CPU
	if r.Kernel != "" {
		by = r.Kernel + " on " + by
	}
	_, err := fmt.Fprintf(w, "%s: %d documents (%s), %d tokens in %.3f s: %.0f tokens a second, %s\n",
		oneLine(r.Model), r.Documents, r.Set, r.Tokens, r.Seconds, float64(r.Tokens)/r.Seconds, by)
	return err
}

// timed judges all documents of a task and returns the tokens that were read and how long it took.
func timed(ctx context.Context, s rerank.Scorer, t rerank.Task) (tokens int, took time.Duration, err error) {
	start := time.Now()
	scores, err := rerank.Rank(ctx, s, t, 0)
	took = time.Since(start)
	for _, score := range scores {
		tokens += score.Tokens
	}
	return tokens, took, err
}

// task is the work: that of a file, or the built-in one.
func (f *benchFlags) task() (set string, t rerank.Task, err error) {
	if f.work == "" {
		if f.set != "" {
			return "", t, usagef("--set %s without --work: name the file that has it", f.set)
		}
		t, err = fixturesTask()
		return "fixtures", t, err
	}
	data, err := os.ReadFile(f.work)
	if err != nil {
		return "", t, err
	}
	set, t, err = parseWork(data, f.set)
	if err != nil {
		return "", t, fmt.Errorf("%s: %w", f.work, err)
	}
	return set, t, nil
}

// workPrefix begins the names of lists of documents.
const workPrefix = "docs_"

// parseWork reads a file with work. Keys that mean nothing to it are left alone.
func parseWork(data []byte, set string) (string, rerank.Task, error) {
	var t rerank.Task
	var values map[string]json.RawMessage
	if err := json.Unmarshal(data, &values); err != nil {
		return "", t, fmt.Errorf("not a JSON object: %w", err)
	}
	var sets []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if name, ok := strings.CutPrefix(key, workPrefix); ok {
			sets = append(sets, name)
		}
	}
	switch {
	case len(sets) == 0:
		return "", t, fmt.Errorf(`no list of documents: put one under "docs_NAME"`)
	case set == "":
		set = sets[0]
	case !slices.Contains(sets, set):
		return "", t, fmt.Errorf("no set %q: it has %s", set, strings.Join(sets, ", "))
	}
	for key, to := range map[string]any{"query": &t.Query, "instruct": &t.Instruct, workPrefix + set: &t.Documents} {
		if values[key] == nil {
			continue
		}
		if err := json.Unmarshal(values[key], to); err != nil {
			return "", t, fmt.Errorf("%q: %w", key, err)
		}
	}
	if t.Query == "" || len(t.Documents) == 0 {
		return "", t, fmt.Errorf(`no "query", or no documents in the set %q`, set)
	}
	return set, t, nil
}

// fixturesTask is every fifth of the built-in articles, 50 in all, for one query.
func fixturesTask() (rerank.Task, error) {
	const every = 5
	t := rerank.Task{Query: "how do I get a red wine stain out"}
	data, err := fixtures.FS.ReadFile("corpus.jsonl")
	if err != nil {
		return t, err
	}
	for i, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if i%every != 0 {
			continue
		}
		var d struct{ Title, Text string }
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			return t, err
		}
		t.Documents = append(t.Documents, d.Title+"\n"+d.Text)
	}
	return t, nil
}

func kernelOf(facts []rerank.Fact) string {
	for _, fact := range facts {
		if fact.Name == factKernel {
			return fact.Value
		}
	}
	return ""
}

// cpuName is what the CPU calls itself where the system tells, else its architecture.
func cpuName() string {
	data, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(data)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
