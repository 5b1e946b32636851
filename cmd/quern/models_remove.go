package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quern-search/quern/rerank/models"
)

func newModelsRemove() *cobra.Command {
	var f storeFlags
	var yes, asJSON bool
	cmd := &cobra.Command{
		Use:     "remove NAME...",
		Aliases: []string{"rm"},
		Short:   "Delete models that were pulled",
		Long: `remove deletes models that "quern pull" fetched, and what has come of those that it did not fetch to their end. It asks
before, on a terminal; elsewhere it wants --yes. Files that are named by their path, and models of Ollama, are not its
business.`,
		Example: `  quern models remove qwen3-reranker-0.6b
  quern models remove qwen3-reranker-4b qwen3-reranker-8b --yes`,
		Args: arguments(cobra.MinimumNArgs(1), `a model that was pulled, as "quern models list" shows it`),
		RunE: func(cmd *cobra.Command, args []string) error {
			removed := []string{}
			for _, name := range args {
				if err := removable(name, f.store()); err != nil {
					return err
				}
			}
			for _, name := range args {
				if err := remove(cmd.Context(), name, f.store(), yes, consoleOf(cmd)); err != nil {
					return err
				}
				removed = append(removed, strings.ToLower(name))
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), map[string][]string{"removed": removed})
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	f.add(cmd.Flags())
	return cmd
}

// removable refuses what is not in the store.
func removable(name string, store models.Store) error {
	if file, is := strings.CutPrefix(name, modelOllamaFile); is || strings.HasPrefix(name, modelOllama) {
		return usagef("%q belongs to Ollama: ollama rm %s", name, cmp.Or(strings.TrimPrefix(file, modelOllama), name))
	}
	_, err := store.Find(name)
	_, begun := store.Partial(name)
	switch {
	case err == nil || begun || errors.Is(err, models.ErrDamaged):
		return nil
	case name == modelTiny:
		return usagef("%q is built in, and cannot be removed", name)
	case !errors.Is(err, models.ErrNotPulled):
		return err
	case models.CheckName(strings.ToLower(name)) != nil:
		return fmt.Errorf("model %q is no name of one that was pulled: a file of yours is yours to delete", name)
	}
	pulled, _ := store.List() // what is damaged has no name to mean
	var have []string
	for _, m := range pulled {
		have = append(have, m.Name)
	}
	hint := "quern models list shows those that there are"
	if like := near(name, have); len(like) > 0 {
		hint = "did you mean " + strings.Join(like, " or ") + "?"
	}
	return fmt.Errorf("model %q was not pulled: %s", name, hint)
}

// remove deletes a model, if that is what is wanted.
func remove(ctx context.Context, name string, store models.Store, yes bool, c console) error {
	size := ""
	if m, err := store.Find(name); err == nil {
		size = fmt.Sprintf(" (%s)", models.Bytes(m.Size()))
	}
	switch {
	case yes:
	case !c.watched():
		return usagef("nobody is here to be asked whether to remove %s%s: say --yes", name, size)
	case !c.confirm(ctx, fmt.Sprintf("remove %s%s?", name, size)):
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("model %q: not removed, as you said", name)
	}
	if err := store.Remove(ctx, name); err != nil {
		return err
	}
	fmt.Fprintf(c.stderr, "quern: removed %s%s\n", strings.ToLower(name), size)
	return nil
}
