package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/ollama/ollama/envconfig"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/models"
	"github.com/quern-search/quern/rerank/ollama/blobs"
)

// modelsVariable is the environment variable that names the folder of pulled models.
const modelsVariable = "QUERN_MODELS"

// storeFlags name where pulled models are.
type storeFlags struct{ dir string }

func (f *storeFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.dir, "models", "", "the folder `DIR` of pulled models (default: "+modelsVariable+", or quern/models in your folder for caches)")
}

// store is the folder of pulled models; one without a name where nothing tells.
func (f storeFlags) store() models.Store {
	dir := cmp.Or(f.dir, os.Getenv(modelsVariable))
	if cache, err := os.UserCacheDir(); err == nil && dir == "" {
		dir = filepath.Join(cache, "quern", "models")
	}
	return models.Store{Dir: dir}
}

// A local is a model in a file, or a folder, of this machine.
type local struct {
	path   string
	facts  []rerank.Fact               // how it came here
	verify func(context.Context) error // makes sure that it is what came; nil: nobody knows what that was
}

// locate finds the files of a model. What was pulled goes before a file of that name in the current folder, which ./NAME
// names all the same.
func locate(name string, store models.Store) (local, error) {
	if file, is := strings.CutPrefix(name, modelOllamaFile); is {
		m, err := ollamaStore().Find(file)
		if err != nil {
			return local{}, ollamaHint(err)
		}
		return local{m.Path, []rerank.Fact{{Name: "file", Value: m.Path}, {Name: "source", Value: "pulled by Ollama"}}, m.Verify}, nil
	}
	m, err := store.Find(name)
	switch {
	case err == nil:
		facts := []rerank.Fact{
			{Name: "file", Value: m.Path()}, {Name: "source", Value: m.Source}, {Name: "pulled", Value: m.Pulled.Format("2006-01-02")},
			{Name: "licence", Value: m.Licence},
		}
		return local{m.Path(), slices.DeleteFunc(facts, func(f rerank.Fact) bool { return f.Value == "" }), m.Verify}, nil
	case !errors.Is(err, models.ErrNotPulled):
		return local{}, err
	case isPath(name):
		return local{path: name}, nil
	}
	return local{}, notHere(name, store)
}

// isPath tells a path from a name: it exists, or it looks like one, so that a mistyped path is told as such.
func isPath(name string) bool {
	_, err := os.Stat(name)
	kind := strings.ToLower(filepath.Ext(name))
	isName := filepath.Base(name) == name && kind != ".gguf" && kind != ".safetensors"
	return !errors.Is(err, fs.ErrNotExist) || !isName && !isRepository(name)
}

// isRepository tells what is for `quern pull`, with "hf:" in front or as Hugging Face itself writes it: owner/name.
func isRepository(name string) bool {
	repository := regexp.MustCompile(`^\w[\w.-]*/\w[\w.-]*$`)
	return strings.HasPrefix(name, hubPrefix) || repository.MatchString(name) && !strings.EqualFold(filepath.Ext(name), ".gguf")
}

// hubPrefix begins the name of what Hugging Face has.
const hubPrefix = "hf:"

// notHere says of a name that no model has what to do about it.
func notHere(name string, store models.Store) error {
	if e, known := models.Known(name); known {
		size := ""
		if p, begun := store.Partial(e.Name); begun {
			size = fmt.Sprintf(" (%s have come)", models.Bytes(p.Done))
		} else if e.Size > 0 {
			size = fmt.Sprintf(" (%s)", models.Bytes(e.Size))
		}
		return fmt.Errorf("model %q is not pulled: quern pull %s%s", name, e.Name, size)
	}
	if strings.HasPrefix(name, hubPrefix) {
		return fmt.Errorf("model %q: that is where one comes from: quern pull %s, and give its name then", name, name)
	}
	if owner, repo, is := strings.Cut(name, "/"); is {
		return fmt.Errorf("model %q: there is no such file: give the path of a GGUF, or pull it if that is a repository of Hugging Face: quern pull hf:%s/%s", name, owner, repo)
	}
	hint := `give "tiny", "none", the name of a pulled model (quern models list), the path of a GGUF file or a safetensors folder, ollama:NAME, ollama-file:NAME or the URL of a rerank API`
	if like := near(name, names(store)); len(like) > 0 {
		hint = "did you mean " + strings.Join(like, " or ") + "?"
	}
	return fmt.Errorf("model %q: there is no such file, and no such model was pulled: %s", name, hint)
}

// names are those that a model can have: pulled, known, or built in.
func names(store models.Store) []string {
	list := []string{modelTiny, modelNone}
	pulled, _ := store.List() // what is damaged has no name to mean
	for _, m := range pulled {
		list = append(list, m.Name)
	}
	for _, e := range models.Catalogue() {
		list = append(list, e.Name)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// near returns some of the names that are spelt almost so, or begin so, as cobra finds them for commands, or which the
// name begins with.
func near(name string, names []string) []string {
	const most = 3
	c := &cobra.Command{SuggestionsMinimumDistance: 2}
	for _, n := range names {
		c.AddCommand(&cobra.Command{Use: n, Run: func(*cobra.Command, []string) {}})
	}
	found := c.SuggestionsFor(name)
	for _, n := range slices.Backward(names) { // the longest first
		if strings.Contains(n, "-") && strings.HasPrefix(strings.ToLower(name), n+"-") {
			found = append(found, n)
		}
	}
	return found[:min(len(found), most)]
}

// ollamaStore is the folder where Ollama keeps models: as OLLAMA_MODELS says, or else at home, or where the service that
// its installer for Linux sets up has it.
func ollamaStore() blobs.Store {
	if dir := envconfig.Var("OLLAMA_MODELS"); dir != "" {
		return blobs.Store{Dir: dir}
	}
	const service = "/usr/share/ollama/.ollama/models"
	home, err := os.UserHomeDir()
	dir := filepath.Join(home, ".ollama", "models")
	if _, wrong := os.Stat(dir); err != nil || wrong != nil {
		if _, err := os.Stat(service); err == nil {
			dir = service
		}
	}
	return blobs.Store{Dir: dir}
}

// ollamaHint says where to look for a folder that is not there.
func ollamaHint(err error) error {
	if errors.Is(err, blobs.ErrNoStore) {
		return fmt.Errorf("%w: say in OLLAMA_MODELS where Ollama keeps its models, or ask its server: ollama:NAME", err)
	}
	return err
}
