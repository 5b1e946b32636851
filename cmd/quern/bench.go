package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

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
