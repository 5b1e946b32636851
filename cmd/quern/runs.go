package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/quern-search/quern/pipeline/eval"
)

// saveRuns writes a file for each system into a folder, made if it is not there; without one it does nothing. The form
// is TREC's, which everything reads, or JSONL where an ID has white space.
func saveRuns(dir string, systems []eval.SystemReport, stderr io.Writer) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, s := range systems {
		var b bytes.Buffer
		path, err := filepath.Join(dir, fileName(s.Name)+".run"), eval.WriteRun(&b, s.Run, s.Name, eval.TREC)
		if errors.Is(err, eval.ErrNoPlace) {
			b.Reset()
			path, err = path+".jsonl", eval.WriteRun(&b, s.Run, s.Name, eval.JSONL)
		}
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(stderr, "quern: saved %s\n", path)
	}
	return nil
}

// fileName is a system's name as a file can have it.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\\:*?"<>| `, r) {
			return '_'
		}
		return r
	}, name)
}

// isRun tells a file from settings.
func isRun(system string) bool {
	info, err := os.Stat(system)
	return err == nil && info.Mode().IsRegular()
}

// readRun reads a saved run. What it stumbles over is warned of.
func readRun(path string, stderr io.Writer) (eval.Run, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	run, warnings, err := eval.ReadRun(f, path)
	for _, w := range warnings {
		warnf(stderr, "%s", w)
	}
	if err == nil && len(run) == 0 {
		err = fmt.Errorf("run %q: no results: a line is query, Q0, document, rank, score and tag, as TREC has it, or a JSON object with query_id, doc_id and score", path)
	}
	return run, err
}
