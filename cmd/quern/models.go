package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/quern-search/quern/rerank"
)

func newModels() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "models",
		Short:   "Look at models",
		Example: "  quern models check tiny",
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newModelsCheck())
	return cmd
}

// modelReport is what is known of a model: the form of `models check --json`.
type modelReport struct {
	Name        string  `json:"name"`
	Kind        string  `json:"kind"`
	Context     int     `json:"context"` // tokens
	Kernel      string  `json:"kernel"`
	Fingerprint string  `json:"fingerprint"`
	Blend       float64 `json:"blend"` // 0: the card recommends none
	Probe       string  `json:"probe"` // "passed"; a model that fails is an error
}

func newModelsCheck() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check MODEL",
		Short: "Load a model, ask it four known questions, and say what it is",
		Long: `check loads a model and makes sure that it judges: four questions are each scored against their own answer and
those of the other three. If it fails the command says why, and exits with status 1.`,
		Example: `  quern models check tiny
  quern models check ./Qwen3-Reranker-0.6B.Q8_0.gguf`,
		Args: arguments(cobra.ExactArgs(1), `one model, such as "tiny" or the path of a GGUF file`),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := openEngine(args[0])
			if err != nil {
				return err
			}
			if err := rerank.Probe(cmd.Context(), e); err != nil {
				return err
			}
			m := e.Model()
			r := modelReport{m.Name, m.Kind, m.Context, e.Kernel(), m.Fingerprint, m.Blend, "passed"}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), r)
			}
			return r.write(cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (r modelReport) write(w io.Writer) error {
	blend := "1 (relevance alone; the file recommends nothing else)"
	if r.Blend > 0 {
		blend = fmt.Sprintf("%g (weight of relevance beside BM25, recommended by the file)", r.Blend)
	}
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(columns, "name\t%s\nkind\t%s\ncontext\t%d tokens\nkernel\t%s\nfingerprint\t%s\nblend\t%s\nprobe\t%s\n",
		r.Name, r.Kind, r.Context, r.Kernel, r.Fingerprint, blend, r.Probe)
	return columns.Flush()
}
