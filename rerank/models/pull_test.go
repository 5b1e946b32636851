package models_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/quern-search/quern/rerank/models"
	"github.com/quern-search/quern/rerank/models/hubtest"
	"github.com/quern-search/quern/rerank/qwen3"
)

// A file of Hugging Face is held against the checksum that the hub states, and is a model that can be opened.
func TestPullAFile(t *testing.T) {
	h := hub(t)
	p := newPuller(t, h)
	m := p.mustPull(from, aModel())
	if m.Name != name || m.Source != from || m.Commit != hubtest.Commit || m.Checked() != strings.TrimPrefix(h.URL, "http://") || m.Pulled.IsZero() {
		t.Errorf("it is %+v", m)
	}
	if p.done != int64(len(aModel())) || p.total != p.done || len(p.notes) > 0 {
		t.Errorf("told of %d bytes of %d, and %q", p.done, p.total, p.notes)
	}
	if _, err := qwen3.Open(m.Path(), qwen3.Config{}); err != nil {
		t.Error(err)
	}
	h.Requests()
	again := p.mustPull(from, aModel())
	if asked := h.Requests(); len(asked) > 0 || !again.Pulled.Equal(m.Pulled) {
		t.Errorf("pulled again it asked %v", asked)
	}
	p.noted("is here already")
}

// A model may be named by its repository and the form of its weights, or by the link to a page.
func TestPullByOtherNames(t *testing.T) {
	h := hub(t)
	h.Add(repo, "Qwen3-Reranker-Q4_K_M.gguf", []byte("another"))
	h.Add(repo, "split-Q8_0-00001-of-00002.gguf", []byte("a part"))
	h.Add("someone/one-file", "nested/only.gguf", aModel())
	for source, want := range map[string]string{
		"hf:" + repo + ":q8_0":                                        name,
		"hf:" + repo + ":Q8_0@refs/pr/1":                              name,
		from + "@" + hubtest.Commit:                                   name,
		"hf:someone/one-file":                                         "only",
		from + "#sha256=" + sum(aModel()):                             name,
		h.Storage + "/" + repo + "/" + file:                           name,
		h.Storage + "/" + repo + "/" + file + "?Signature=secret":     name,
		"https://huggingface.co/" + repo + "/blob/main/" + file:       name,
		"https://hf.co/" + repo + "/resolve/main/" + file + "?x=true": name,
	} {
		t.Run(source, func(t *testing.T) {
			p := newPuller(t, h)
			if m := p.mustPull(source, aModel()); m.Name != want || strings.Contains(m.Source, "secret") {
				t.Errorf("it is %+v, want the name %s", m, want)
			}
			h.Requests()
			p.mustPull(source, aModel())
			if asked := h.Requests(); len(asked) > 0 {
				t.Errorf("pulled again it asked %v", asked)
			}
		})
	}
}

// What is served elsewhere has no checksum unless the caller knows it, which is told.
func TestPullAURL(t *testing.T) {
	h := hub(t)
	url := h.Storage + "/" + repo + "/" + file
	p := newPuller(t, h)
	if m := p.mustPull(url, aModel()); m.Source != url || m.Checked() != "" {
		t.Errorf("it is %+v", m)
	}
	p.noted("nobody states a checksum for " + file + ": its SHA-256 is " + sum(aModel()))
	p = newPuller(t, h)
	if m := p.mustPull(url+"#sha256="+strings.ToUpper(sum(aModel())), aModel()); m.Checked() != models.ByCaller {
		t.Errorf("it is %+v", m)
	}
	newPuller(t, h).mustFail(url+"#sha256="+sum(nil), "the checksum is wrong", sum(aModel()), sum(nil))
}

// A safetensors model is a folder: config.json, tokenizer.json and the weights, each held against its checksum, of
// which the hub has another kind for small files.
func TestPullAFolder(t *testing.T) {
	h := hubtest.New(t)
	files := map[string]string{
		"config.json": `{"model_type": "qwen3"}`, "tokenizer.json": `{}`, "model.safetensors.index.json": `{"weight_map": {}}`,
		"model-00001-of-00002.safetensors": "half", "model-00002-of-00002.safetensors": "the other half",
	}
	for name, text := range files {
		h.Add("Qwen/Qwen3-Reranker", name, []byte(text))
	}
	h.Add("Qwen/Qwen3-Reranker", "README.md", []byte("not needed"))
	h.Add("Qwen/Qwen3-Reranker", "onnx/model.safetensors", []byte("another model"))
	p := newPuller(t, h)
	h.Store(hubtest.BreakOff(2))
	m, err := p.pull("hf:Qwen/Qwen3-Reranker")
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "qwen3-reranker" || m.Commit != hubtest.Commit || m.Licence != "apache-2.0" || m.Checked() == "" || len(m.Files) != len(files) {
		t.Errorf("it is %+v", m)
	}
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(m.Path(), name)); string(got) != want {
			t.Errorf("%s has %q, %v", name, got, err)
		}
	}
	if err := m.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	// One that is broken off keeps the files that are whole.
	p = newPuller(t, h)
	h.Hub(usual(3)...)
	h.Store(hubtest.Status(404))
	if _, err := p.pull("hf:Qwen/Qwen3-Reranker"); err == nil {
		t.Fatal("a file is not there, and it was pulled all the same")
	}
	h.Requests()
	if m, err = p.pull("hf:Qwen/Qwen3-Reranker"); err != nil || m.Verify(t.Context()) != nil {
		t.Fatal(err)
	}
	if n := len(h.Requests()); n >= 1+2*len(files) {
		t.Errorf("%d requests: it fetched everything again", n)
	}
	// A small file that is another one is found out.
	p = newPuller(t, h)
	h.Hub(append(usual(2), hubtest.Body("application/json", `{"model_type": "qwen4"}`))...)
	p.mustFail("hf:Qwen/Qwen3-Reranker", "config.json: the checksum is wrong")
}

// usual are answers as they should be.
func usual(n int) []hubtest.Behaviour {
	return slices.Repeat([]hubtest.Behaviour{hubtest.Ignore("")}, n)
}

// The token is for the hub, and for nobody else.
func TestTokenStaysWithTheHub(t *testing.T) {
	h := hub(t)
	p := newPuller(t, h)
	p.cfg.Token = "hf_abc"
	h.Close(repo, "hf_abc", false)
	h.Store(hubtest.BreakOff(1000))
	p.mustPull(from, aModel())
	seen := 0
	for _, r := range h.Requests() {
		switch got := r.Header.Get("Authorization"); {
		case r.Storage && got != "":
			t.Errorf("the storage was sent %q", got)
		case !r.Storage && got == "Bearer hf_abc":
			seen++
		}
		if r.Header.Get("Referer") != "" {
			t.Errorf("%s was told where the request came from", r.Path)
		}
	}
	if seen != 2 {
		t.Errorf("the hub was sent the token %d times, want 2", seen)
	}
}

// Two that pull the same model wait for each other, and it is fetched once.
func TestTwoPullsAtOnce(t *testing.T) {
	h := hub(t)
	p := newPuller(t, h)
	cfg := p.cfg
	cfg.Progress = nil
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			m, err := p.store.Pull(t.Context(), parse(t, from), "", cfg)
			if err != nil {
				t.Error(err)
				return
			}
			p.mustHold(m, aModel())
		})
	}
	work.Wait()
	if asked := ranges(h.Requests()); len(asked) != 1 {
		t.Errorf("the storage was asked %q", asked)
	}
}

// An interrupt keeps what has come, and the next pull goes on from there.
func TestInterruptedPull(t *testing.T) {
	const some = 100_000
	h := hub(t)
	p := newPuller(t, h)
	h.Store(hubtest.Hold(some))
	ctx, cancel := context.WithCancel(t.Context())
	cfg := p.cfg
	cfg.Progress = func(is models.Progress) {
		if is.Done == some {
			cancel()
		}
	}
	if _, err := p.store.Pull(ctx, parse(t, from), "", cfg); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	left, _ := p.store.Partial(strings.ToUpper(name))
	if want := (models.Partial{Name: name, Source: from, Done: some, Total: int64(len(aModel()))}); left != want {
		t.Fatalf("it left %+v, want %+v", left, want)
	}
	h.Requests()
	p.mustPull(from, aModel())
	if asked := ranges(h.Requests()); !slices.Equal(asked, []string{"bytes=100000-"}) {
		t.Errorf("it asked for %q", asked)
	}
}

// A pull from elsewhere under the same name does not go on with what came from the first place.
func TestAnotherSourceBeginsAnew(t *testing.T) {
	h := hub(t)
	h.Add("other/GGUF", file, aModel())
	p := newPuller(t, h)
	h.Store(hubtest.BreakOff(1000), hubtest.Status(404))
	p.mustFail(from, "status 404")
	h.Requests()
	p.mustPull("hf:other/GGUF/"+file, aModel())
	if asked := ranges(h.Requests()); !slices.Equal(asked, []string{""}) {
		t.Errorf("it asked for %q", asked)
	}
}

// A name means one model.
func TestNamesAreTaken(t *testing.T) {
	h := hub(t)
	h.Add("other/GGUF", file, aModel())
	p := newPuller(t, h)
	p.mustPull(from, aModel())
	for _, test := range []struct{ name, source, want string }{
		{"", "hf:other/GGUF/" + file, "it comes from " + from},
		{"qwen3-reranker-0.6b", from, `the catalogue's name for hf:ggml-org/`},
		{"", h.Storage + "/" + repo + "/qwen3-reranker-0.6b.gguf", `the catalogue's name for hf:ggml-org/`},
		{"Upper", from, "lower-case"},
		{"../up", from, "lower-case"},
		{"model.gguf", from, `leave out ".gguf"`},
		{"", h.Storage + "/%E5.gguf", "give it a name"},
	} {
		_, err := p.store.Pull(t.Context(), parse(t, test.source), test.name, p.cfg)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q from %s: got %v, want %q", test.name, test.source, err, test.want)
		}
	}
	if _, err := p.store.Pull(t.Context(), parse(t, "hf:other/GGUF/"+file), "mine", p.cfg); err != nil {
		t.Error(err)
	}
	if err := os.Mkdir(filepath.Join(p.store.Dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := p.store.Pull(t.Context(), parse(t, from), "folder", p.cfg); !errors.Is(err, models.ErrExists) {
		t.Errorf("over a folder that is there: %v", err)
	}
}
