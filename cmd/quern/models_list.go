package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/rerank/models"
	"github.com/quern-search/quern/rerank/ollama/blobs"
	"github.com/quern-search/quern/rerank/qwen3"
)

// The states of a model that is listed.
const (
	stateBuiltIn = "built in"
	statePulled  = "pulled"
	stateBegun   = "begun"
	stateOllama  = "in Ollama"
	stateToPull  = "to pull"
)

// modelList is the form of `models list --json`.
type modelList struct {
	Kernel string        `json:"kernel"` // what models are computed by on this CPU
	Store  string        `json:"store"`  // the folder of pulled models
	Models []listedModel `json:"models"`
}

// listedModel is a model that can be named, or could be once it is pulled.
type listedModel struct {
	Name    string `json:"name"` // as --model has it
	State   string `json:"state"`
	Bytes   int64  `json:"bytes"`          // 0: not known before it is pulled
	Done    int64  `json:"done,omitempty"` // of one that is begun: bytes that have come
	Source  string `json:"source,omitempty"`
	Licence string `json:"licence,omitempty"`
	Path    string `json:"path,omitempty"`
	Kind    string `json:"kind,omitempty"` // of its files, where that is known
	Note    string `json:"note,omitempty"`
}

func newModelsList() *cobra.Command {
	var f storeFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the models of this machine, and those to pull",
		Long: `list shows the model that is built in, those that were pulled, those that a local Ollama has pulled and that can be run
in process (it looks into Ollama's folder and needs no server), and those that "quern pull" knows by name. The last line
says what models are computed by on this CPU.`,
		Example: `  quern models list
  quern models list --json | jq -r '.models[] | select(.state == "pulled").name'`,
		Args: arguments(cobra.NoArgs, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := listModels(f.store(), ollamaStore(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), l)
			}
			return l.write(cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	f.add(cmd.Flags())
	return cmd
}

// listModels lists what there is, and warns of what cannot be read.
func listModels(store models.Store, ollama blobs.Store, stderr io.Writer) (modelList, error) {
	kernel, err := qwen3.BestKernel()
	if err != nil {
		return modelList{}, err
	}
	_, size := fixtures.Model()
	l := modelList{Kernel: kernel, Store: store.Dir}
	l.add(listedModel{Name: modelTiny, State: stateBuiltIn, Bytes: size, Licence: "Apache-2.0", Kind: "GGUF Q8_0", Note: "quern-tiny, for English, shows how it works"})
	pulled, err := store.List()
	if err != nil {
		warnf(stderr, "%v", err)
	}
	for _, m := range pulled {
		e, _ := models.Known(m.Name)
		l.add(listedModel{Name: m.Name, State: statePulled, Bytes: m.Size(), Source: m.Source, Licence: m.Licence, Path: m.Path(), Kind: e.Kind, Note: e.Note})
	}
	begun, err := store.Partials()
	if err != nil {
		warnf(stderr, "%v", err)
	}
	for _, p := range begun {
		e, _ := models.Known(p.Name)
		l.add(listedModel{Name: p.Name, State: stateBegun, Bytes: p.Total, Done: p.Done, Source: p.Source, Licence: e.Licence, Kind: e.Kind, Note: e.Note})
	}
	for _, m := range ollama.List() {
		if m.Family == "qwen3" { // no other can be run; whether it is a reranker, its probe tells
			l.add(listedModel{Name: modelOllamaFile + m.Name, State: stateOllama, Bytes: m.Size, Path: m.Path, Kind: strings.TrimSpace("GGUF " + m.Quant)})
		}
	}
	for _, e := range models.Catalogue() {
		l.add(listedModel{Name: e.Name, State: stateToPull, Bytes: e.Size, Source: e.From, Licence: e.Licence, Kind: e.Kind, Note: e.Note})
	}
	return l, nil
}

// add adds a model, unless there is one of its name that is nearer.
func (l *modelList) add(m listedModel) {
	for _, other := range l.Models {
		if other.Name == m.Name {
			return
		}
	}
	l.Models = append(l.Models, m)
}

func (l modelList) write(w io.Writer) error {
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(columns, "name\tstate\tsize\twhat it is")
	for _, m := range l.Models {
		size := "?"
		if m.Bytes > 0 {
			size = models.Bytes(m.Bytes)
		}
		fmt.Fprintf(columns, "%s\t%s\t%s\t%s\n", m.Name, m.State, size, oneLine(m.what()))
	}
	if err := columns.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\npulled models are in %s; to pull one: quern pull NAME\nthis CPU computes with kernel %s\n", l.Store, l.Kernel)
	return err
}

// what tells in a few words what a model is.
func (m listedModel) what() string {
	switch {
	case m.State == stateBegun:
		return fmt.Sprintf("%s have come: quern pull %s goes on", models.Bytes(m.Done), again(m))
	case m.Kind == "":
		return m.Source
	case m.Note == "":
		return m.Kind
	}
	return m.Kind + ": " + m.Note
}

// again is what to pull to go on with a model that was begun.
func again(m listedModel) string {
	if e, known := models.Known(m.Name); known && e.From == m.Source {
		return m.Name
	}
	return strings.TrimSpace(m.Source + " --as " + m.Name)
}
