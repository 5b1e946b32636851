package blobs_test

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank/internal/bake"
	"github.com/quern-search/quern/rerank/internal/gguf"
	"github.com/quern-search/quern/rerank/ollama/blobs"
	"github.com/quern-search/quern/rerank/ollama/ollamatest"
	"github.com/quern-search/quern/rerank/qwen3"
)

const (
	mediaModel = "application/vnd.ollama.image.model"
	mediaOther = "application/vnd.ollama.image.template"
)

// A layer is a part of a model.
type layer struct {
	media string
	data  []byte
}

// store writes models as Ollama does: by the path of their manifest, what they are made of.
func store(t *testing.T, models map[string][]layer) blobs.Store {
	t.Helper()
	s := blobs.Store{Dir: t.TempDir()}
	put := func(l layer) map[string]any {
		digest := fmt.Sprintf("sha256:%x", sha256.Sum256(l.data))
		write(t, filepath.Join(s.Dir, "blobs", strings.Replace(digest, ":", "-", 1)), l.data)
		return map[string]any{"mediaType": l.media, "digest": digest, "size": len(l.data)}
	}
	config := layer{"application/vnd.docker.container.image.v1+json", []byte(`{"model_format":"gguf","model_family":"qwen3","model_type":"0.6B","file_type":"Q8_0"}`)}
	for path, layers := range models {
		var parts []any
		for _, l := range layers {
			parts = append(parts, put(l))
		}
		data, err := json.Marshal(map[string]any{
			"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": put(config), "layers": parts,
		})
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(s.Dir, "manifests", path), data)
	}
	return s
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o600)); err != nil {
		t.Fatal(err)
	}
}

func one(text string) []layer {
	return []layer{{mediaOther, []byte("{{ .Prompt }}")}, {mediaModel, []byte(text)}}
}

func TestFind(t *testing.T) {
	s := store(t, map[string][]layer{
		"registry.ollama.ai/library/qwen3-reranker/latest":      one("latest"),
		"registry.ollama.ai/dengcao/Qwen3-Reranker-0.6B/Q8_0":   one("Q8_0"),
		"hf.co/ggml-org/Qwen3-Reranker-0.6B-Q8_0-GGUF/latest":   one("hf"),
		"registry.ollama.ai/library/.hidden/latest":             one("hidden"),
		"registry.ollama.ai/library/deeper/than/it/should/be":   one("deep"),
		"registry.example.com:5000/team/qwen3-reranker/v1.2_ab": one("other host"),
	})
	for name, want := range map[string]string{
		"qwen3-reranker":                                        "latest",
		"qwen3-reranker:latest":                                 "latest",
		"library/Qwen3-Reranker":                                "latest",
		"registry.ollama.ai/library/qwen3-reranker":             "latest",
		"dengcao/qwen3-reranker-0.6b:q8_0":                      "Q8_0",
		"hf.co/ggml-org/Qwen3-Reranker-0.6B-Q8_0-GGUF":          "hf",
		"registry.example.com:5000/team/qwen3-reranker:v1.2_ab": "other host",
	} {
		m, err := s.Find(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if data, err := os.ReadFile(m.Path); string(data) != want || m.Size != int64(len(want)) || m.Family != "qwen3" || m.Quant != "Q8_0" {
			t.Errorf("%s is %+v, which has %q, %v", name, m, data, err)
		}
		if err := m.Verify(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for name, want := range map[string]string{
		"qwen3-reranker:Q4": "is not among those that Ollama has pulled: ollama pull qwen3-reranker:Q4, or take one that it has: ",
		"other":             "dengcao/Qwen3-Reranker-0.6B:Q8_0",
		"registry.example.com/team/qwen3-reranker": "ollama pull registry.example.com/team/qwen3-reranker:latest",
		"../../library/qwen3-reranker":             "is no name of a model",
		"":                                         "is no name of a model",
		"a b":                                      "is no name of a model",
	} {
		if m, err := s.Find(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is %+v, %v, want an error with %q", name, m, err, want)
		}
	}
	var names []string
	for _, m := range s.List() {
		names = append(names, m.Name)
	}
	want := []string{"dengcao/Qwen3-Reranker-0.6B:Q8_0", "hf.co/ggml-org/Qwen3-Reranker-0.6B-Q8_0-GGUF:latest", "qwen3-reranker:latest", "registry.example.com:5000/team/qwen3-reranker:v1.2_ab"}
	if !slices.Equal(names, want) {
		t.Errorf("it lists %q, want %q", names, want)
	}
}

func TestNoStore(t *testing.T) {
	for _, s := range []blobs.Store{{}, {Dir: t.TempDir()}, {Dir: filepath.Join(t.TempDir(), "none")}} {
		if _, err := s.Find("qwen3-reranker"); !errors.Is(err, blobs.ErrNoStore) {
			t.Errorf("%+v: %v", s, err)
		}
		if list := s.List(); len(list) > 0 {
			t.Errorf("%+v lists %v", s, list)
		}
	}
	empty := blobs.Store{Dir: t.TempDir()}
	if err := os.Mkdir(filepath.Join(empty.Dir, "manifests"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := empty.Find("qwen3-reranker"); !errors.Is(err, blobs.ErrNotPulled) || !strings.Contains(err.Error(), "it has pulled none") {
		t.Errorf("of an empty one: %v", err)
	}
}

// What is no single file, or not the one that was pulled, is told.
func TestRefuses(t *testing.T) {
	const path = "registry.ollama.ai/library/m/latest"
	whole := one("whole")
	for _, test := range []struct {
		name   string
		layers []layer
		damage func(t *testing.T, dir, blob string)
		kind   error
		want   string
	}{
		{"in parts for MLX", []layer{{"application/vnd.ollama.image.tensor", []byte("a")}, {"application/vnd.ollama.image.json", []byte("{}")}}, nil, blobs.ErrNoFile, "for MLX"},
		{"with an adapter", append(one("m"), layer{"application/vnd.ollama.image.adapter", []byte("a")}), nil, blobs.ErrNoFile, "adapter"},
		{"without weights", []layer{{mediaOther, []byte("t")}}, nil, blobs.ErrNoFile, "has no weights here"},
		{"two files", append(one("m"), one("n")...), nil, blobs.ErrNoFile, "but 2"},
		{"cut off", whole, func(t *testing.T, _, blob string) { write(t, blob, []byte("who")) }, blobs.ErrDamaged, "has 3 bytes, and should have 5: pull it again: ollama pull m:latest"},
		{"missing", whole, func(t *testing.T, _, blob string) { os.Remove(blob) }, blobs.ErrDamaged, "is missing"},
		{"no JSON", whole, func(t *testing.T, dir, _ string) { write(t, filepath.Join(dir, "manifests", path), []byte("{")) }, nil, "the manifest cannot be read"},
		{"leads out", whole, func(t *testing.T, dir, _ string) {
			write(t, filepath.Join(dir, "manifests", path), []byte(`{"layers":[{"mediaType":"`+mediaModel+`","digest":"sha256:../../../etc/passwd","size":1}]}`))
		}, nil, "which cannot be"},
		{"too long", whole, func(t *testing.T, dir, _ string) {
			write(t, filepath.Join(dir, "manifests", path), make([]byte, 17<<20))
		}, nil, "too long"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := store(t, map[string][]layer{path: test.layers})
			if test.damage != nil {
				m, err := s.Find("m")
				if err != nil {
					t.Fatal(err)
				}
				test.damage(t, s.Dir, m.Path)
			}
			_, err := s.Find("m")
			if err == nil || test.kind != nil && !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %v with %q", err, test.kind, test.want)
			}
			if list := s.List(); len(list) > 0 {
				t.Errorf("it lists %v", list)
			}
		})
	}
	s := store(t, map[string][]layer{path: whole})
	m, err := s.Find("m")
	if err != nil {
		t.Fatal(err)
	}
	write(t, m.Path, []byte("whale"))
	if err := m.Verify(t.Context()); !errors.Is(err, blobs.ErrDamaged) || !strings.Contains(err.Error(), "ollama rm m:latest, and ollama pull m:latest") {
		t.Errorf("other bytes: %v", err)
	}
}

// A real Ollama writes what is read here: a model that it made, and one that it pulled.
func TestRealStore(t *testing.T) {
	data := bake.Model(bake.Recipe{Weights: gguf.Q8_0, Head: "classifier"})
	registry := ollamatest.NewRegistry(t, "random", data)
	server := ollamatest.Start(t, registry.Env)
	server.Create("made", data)
	server.Pull(registry.Model)
	for _, name := range []string{"made", registry.Model} {
		m, err := blobs.Store{Dir: server.Models}.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Verify(t.Context()); err != nil || m.Family != "qwen3" {
			t.Errorf("%s is %+v, %v", name, m, err)
		}
		if _, err := qwen3.Open(m.Path, qwen3.Config{}); err != nil {
			t.Error(err)
		}
	}
}
