package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/quern-search/quern/rerank"
)

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
	i := 0
	for d, err := range fixtureDocuments() {
		if err != nil {
			return t, err
		}
		if i%every == 0 {
			t.Documents = append(t.Documents, d.Title+"\n"+d.Body)
		}
		i++
	}
	return t, nil
}
