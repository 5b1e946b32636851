package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/quern-search/quern"

// importRules says who may import what. A rule without exceptions has an empty list of folders.
var importRules = []struct {
	path    string   // of an import, or the start of it
	folders []string // that may have it, with what is below them
}{
	{"github.com/labstack/echo", []string{"web", "cmd"}},
	{"github.com/blevesearch/", []string{"index", "retrieve"}},
	{"github.com/spf13/", []string{"cmd"}},
	{"github.com/ollama/", []string{"rerank/ollama", "cmd"}},
	{module + "/rerank/ollama/ollamatest", nil},
	{module + "/rerank/ollama/blobs", []string{"cmd"}},
	{module + "/rerank/remote/llamatest", nil},
	{module + "/rerank/models/hubtest", nil},
	{module + "/rerank/models", []string{"cmd"}},
	{module + "/rerank/qwen3/internal/bochstest", nil},
	{module + "/web", []string{"web", "cmd"}},
	{module + "/cmd", nil},
}

// The design as a test: data flows one way, and a library is known in one place.
func TestImportRules(t *testing.T) {
	const root = "../.."
	for file, imports := range goFiles(t, root) {
		dir := filepath.ToSlash(filepath.Dir(file))
		test := strings.HasSuffix(file, "_test.go")
		for _, path := range imports {
			if (dir == "rerank" || dir == "retrieve/query") && !test && strings.Contains(path, ".") {
				t.Errorf("%s imports %s: package %s uses the standard library only", file, path, dir)
			}
			for _, rule := range importRules {
				if strings.HasPrefix(path, rule.path) && !within(dir, rule.folders) && !test {
					t.Errorf("%s imports %s: only %s may", file, path, strings.Join(rule.folders, ", "))
				}
			}
		}
	}
}

// Only the command reads flags and environment; QUERN_CPU is the one exception, and what starts other programs for tests,
// which only they import.
func TestEnvironmentIsReadInTheCommandOnly(t *testing.T) {
	const root = "../.."
	may := []string{"cmd", "rerank/ollama/ollamatest", "rerank/remote/llamatest", "rerank/qwen3/internal/bochstest"}
	for file := range goFiles(t, root) {
		dir := filepath.ToSlash(filepath.Dir(file))
		if strings.HasSuffix(file, "_test.go") || within(dir, may) || dir == "rerank/qwen3/internal/kernel" {
			continue
		}
		source, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range []string{"os.Getenv(", "os.LookupEnv(", "os.Environ(", "flag.Parse(", "func init("} {
			if strings.Contains(string(source), call) {
				t.Errorf("%s has %s...): only the command reads the environment and flags, and nothing registers itself", file, call)
			}
		}
	}
}

func within(dir string, folders []string) bool {
	for _, f := range folders {
		if dir == f || strings.HasPrefix(dir, f+"/") {
			return true
		}
	}
	return false
}

// goFiles returns the imports of every Go file below root, by its path from there.
func goFiles(t *testing.T, root string) map[string][]string {
	t.Helper()
	files := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || path != root && strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		imports := []string{}
		for _, i := range f.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, p)
		}
		files[filepath.ToSlash(rel)] = imports
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
