package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/quern-search/quern/rerank"
)

func newModels() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "models",
		Short:   "List, check and remove models",
		Example: "  quern models list\n  quern models check tiny",
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newModelsList(), newModelsCheck(), newModelsRemove())
	return cmd
}

func newModelsCheck() *cobra.Command {
	var f modelFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check MODEL",
		Short: "Open a model, ask it four known questions, and say what it is",
		Long: `check opens a model and makes sure that it judges: four questions are each scored against their own answer and
those of the other three. One that was pulled, by quern or by Ollama, is held against its checksum before. It prints what
is known of the model, with the kernel that it is computed by on this CPU, and, for one behind a server, of the server. If
the model cannot be opened, or fails, the command says why and what to try, and exits with status 1.`,
		Example: `  quern models check tiny
  quern models check qwen3-reranker-0.6b
  quern models check ./Qwen3-Reranker-0.6B.Q8_0.gguf
  quern models check ./Qwen3-Reranker-4B/
  quern models check ollama-file:dengcao/Qwen3-Reranker-0.6B
  quern models check ollama:dengcao/Qwen3-Reranker-0.6B --pull
  quern models check 'http://127.0.0.1:8000#dialect=vllm'`,
		Args: arguments(cobra.ExactArgs(1), `one model, such as "tiny", one that was pulled, the path of a GGUF file or a safetensors folder, ollama:NAME or the URL of a rerank API`),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stdout := cmd.Context(), cmd.OutOrStdout()
			came, err := f.verified(ctx, args[0])
			if err != nil {
				return err
			}
			b, err := f.fetched(ctx, args[0], consoleOf(cmd))
			if err != nil {
				return err
			}
			start := time.Now()
			failed := probe(ctx, b)
			r := reportOf(b, came, failed, time.Since(start))
			if asJSON {
				err = writeJSON(stdout, r)
			} else {
				err = r.write(stdout)
			}
			return cmp.Or(failed, err)
		},
	}
	cmd.Flags().BoolVar(&f.pull, "pull", false, "let Ollama fetch the model if it does not have it")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	f.storeFlags.add(cmd.Flags())
	return cmd
}

// verified makes sure that a model that was pulled is what it was then, and returns how it came here. Of others nothing is
// known.
func (f modelFlags) verified(ctx context.Context, name string) ([]rerank.Fact, error) {
	if name == modelTiny || strings.HasPrefix(name, modelOllama) || isURL(name) {
		return nil, nil
	}
	l, err := locate(name, f.store())
	if err != nil || l.verify == nil {
		return nil, err
	}
	if err := l.verify(ctx); err != nil {
		return nil, err
	}
	return append(l.facts, rerank.Fact{Name: "checksum", Value: "as it was when pulled"}), nil
}

// modelReport is what is known of a model: the form of `models check --json`.
type modelReport struct {
	Name        string            `json:"name"`
	Kind        string            `json:"kind"`
	Context     int               `json:"context"`          // tokens; 0: unknown
	Kernel      string            `json:"kernel,omitempty"` // of one that runs in this process
	Fingerprint string            `json:"fingerprint"`
	Blend       float64           `json:"blend"`    // 0: the card recommends none
	Probe       string            `json:"probe"`    // "passed" or "failed"
	ProbeMS     float64           `json:"probe_ms"` // wall clock
	Facts       map[string]string `json:"facts"`    // what else the model or its server tell, for people
	facts       []rerank.Fact     // the same, in order
}

// factKernel is the fact that has a place of its own in the JSON form.
const factKernel = "kernel"

func reportOf(b backend, came []rerank.Fact, failed error, took time.Duration) modelReport {
	m := b.Model()
	r := modelReport{
		Name: m.Name, Kind: m.Kind, Context: m.Context, Fingerprint: m.Fingerprint, Blend: m.Blend,
		Probe: "passed", ProbeMS: float64(took.Microseconds()) / 1000, Facts: map[string]string{}, facts: append(b.Facts(), came...),
	}
	if failed != nil {
		r.Probe = "failed"
	}
	for _, fact := range r.facts {
		if fact.Name == factKernel {
			r.Kernel = fact.Value
			continue
		}
		r.Facts[fact.Name] = fact.Value
	}
	return r
}

func (r modelReport) write(w io.Writer) error {
	context := "unknown"
	if r.Context > 0 {
		context = fmt.Sprintf("%d tokens", r.Context)
	}
	blend := "1 (relevance alone; nothing else is recommended)"
	if r.Blend > 0 {
		blend = fmt.Sprintf("%g (recommended weight of relevance beside BM25)", r.Blend)
	}
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(columns, "name\t%s\nkind\t%s\ncontext\t%s\n", oneLine(r.Name), r.Kind, context)
	for _, fact := range r.facts {
		fmt.Fprintf(columns, "%s\t%s\n", fact.Name, oneLine(fact.Value)) // a server may say anything
	}
	fmt.Fprintf(columns, "fingerprint\t%s\nblend\t%s\nprobe\t%s\n", cmp.Or(oneLine(r.Fingerprint), "none: scores are not cached"), blend, r.Probe)
	return columns.Flush()
}
