package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/rerank/models"
	"github.com/quern-search/quern/rerank/models/hubtest"
)

// The repository of the hub that the scripts pull from: it has quern-tiny.
const (
	hubRepo = "someone/tiny-GGUF"
	hubFile = "Tiny-Reranker-Q8_0.gguf"
)

// hubKey is where a script's environment keeps its *hubtest.Hub.
type hubKey struct{}

// TestPull runs testdata/pull/*.txtar: models are pulled from a stand-in for Hugging Face, which has quern-tiny as
// $REPO/$FILE, with the checksum $SHA256. The command `hub` has it misbehave, and tells what it was asked.
func TestPull(t *testing.T) {
	tiny := tinyBytes(t)
	commands := scriptCommands()
	maps.Copy(commands, map[string]func(*testscript.TestScript, bool, []string){"hub": hubCommand, "grown": grown, "ollamahas": ollamaHas})
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/pull",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			h := hubtest.New(env.T().(testing.TB))
			h.Add(hubRepo, hubFile, tiny)
			h.Add("ggml-org/Qwen3-Reranker-0.6B-Q8_0-GGUF", "qwen3-reranker-0.6b-q8_0.gguf", tiny) // not what the catalogue knows
			h.Add("someone/text-GGUF", "notes.gguf", []byte("This is a text."))
			env.Values[hubKey{}] = h
			env.Setenv("HF_ENDPOINT", h.URL)
			env.Setenv("STORAGE", h.Storage)
			env.Setenv("REPO", hubRepo)
			env.Setenv("FILE", hubFile)
			env.Setenv("SHA256", fmt.Sprintf("%x", sha256.Sum256(tiny)))
			env.Setenv("QUERN_MODELS", filepath.Join(env.WorkDir, "models"))
			env.Setenv("OLLAMA_MODELS", filepath.Join(env.WorkDir, "ollama"))
			return setup(env)
		},
		Cmds: commands,
	})
}

func tinyBytes(t testing.TB) []byte {
	t.Helper()
	file, size := fixtures.Model()
	data, err := io.ReadAll(io.NewSectionReader(file, 0, size))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Where nobody watches, a line now and then says how far a pull is.
func TestPullingTellsNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		src, err := models.Parse("hf:a/b/c.gguf")
		if err != nil {
			t.Fatal(err)
		}
		p := &pulling{bar: newProgress(&out, "bytes"), stderr: &out, from: src, into: "/models"}
		for i := range 7 {
			p.step(models.Progress{Done: int64(1+i) * 100e6, Total: 4e9})
			if i == 4 {
				p.step(models.Progress{Note: "the connection broke"})
			}
			time.Sleep(10 * time.Second)
		}
		const want = "quern: pulling hf:a/b/c.gguf to /models: 4.0 GB\nquern: 400 MB of 4.0 GB, 10 MB/s, 6m0s left\n" +
			"quern: the connection broke\nquern: 700 MB of 4.0 GB, 10 MB/s, 5m30s left\n"
		if out.String() != want {
			t.Errorf("it told\n%s, want\n%s", out.String(), want)
		}
	})
}

// hubCommand has the hub behave, or tells what it was asked since the last time.
//
//	hub break 1000        # the next answer of the storage breaks off after so many bytes
//	hub hold 1000         # and here nothing comes after them
//	hub status 503        # the next answer of the hub itself
//	hub close TOKEN       # the repository is private from now on; "hub gate TOKEN": gated
//	hub asked 2 bytes=1000-    # so many requests had a range; "" is for those without, at the storage
//	hub called NAME       # the hub was called by that host name
func hubCommand(ts *testscript.TestScript, neg bool, args []string) {
	h := ts.Value(hubKey{}).(*hubtest.Hub)
	if neg || len(args) < 2 {
		ts.Fatalf("usage: hub break|hold|status|close|gate|asked|called ARG...")
	}
	number, _ := strconv.Atoi(args[1])
	switch args[0] {
	case "break":
		h.Store(hubtest.BreakOff(number))
	case "hold":
		h.Store(hubtest.Hold(number))
	case "status":
		h.Hub(hubtest.Status(number))
	case "close", "gate":
		h.Close(hubRepo, args[1], args[0] == "gate")
	case "asked":
		n := 0
		for _, r := range h.Requests() {
			if r.Storage && r.Header.Get("Range") == args[2] {
				n++
			}
		}
		if n != number {
			ts.Fatalf("it was asked for %q %d times, not %s", args[2], n, args[1])
		}
	case "called":
		if !slices.ContainsFunc(h.Requests(), func(r hubtest.Request) bool { return r.Host == args[1] }) {
			ts.Fatalf("nobody asked for %s", args[1])
		}
	}
}

// grown waits until a file has some bytes.
//
//	grown models/.name.part/file.gguf.part 1000
func grown(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: grown FILE BYTES")
	}
	want, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	for range 1000 {
		if info, err := os.Stat(ts.MkAbs(args[0])); err == nil && info.Size() >= want {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("%s never had %d bytes", args[0], want)
}

// ollamaHas writes a file into the folder of Ollama, as it does when it has pulled it. A model of another family than
// qwen3 becomes one in its metadata.
//
//	ollamahas dengcao/Qwen3-Reranker-0.6B/Q8_0 qwen3 model.gguf
func ollamaHas(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: ollamahas NAMESPACE/MODEL/TAG FAMILY FILE")
	}
	dir := ts.Getenv("OLLAMA_MODELS")
	put := func(media string, data []byte) map[string]any {
		sum := fmt.Sprintf("%x", sha256.Sum256(data))
		ts.Check(os.MkdirAll(filepath.Join(dir, "blobs"), 0o755))
		ts.Check(os.WriteFile(filepath.Join(dir, "blobs", "sha256-"+sum), data, 0o600))
		return map[string]any{"mediaType": media, "digest": "sha256:" + sum, "size": len(data)}
	}
	data, err := os.ReadFile(ts.MkAbs(args[2]))
	ts.Check(err)
	if len(args[1]) == len("qwen3") {
		data = bytes.Replace(data, []byte("qwen3"), []byte(args[1]), 1) // the first is general.architecture
	}
	config := fmt.Appendf(nil, `{"model_format":"gguf","model_family":%q,"file_type":"Q8_0"}`, args[1])
	manifest, err := json.Marshal(map[string]any{
		"schemaVersion": 2,
		"config":        put("application/vnd.docker.container.image.v1+json", config),
		"layers":        []any{put("application/vnd.ollama.image.model", data)},
	})
	ts.Check(err)
	path := filepath.Join(dir, "manifests", "registry.ollama.ai", filepath.FromSlash(strings.TrimPrefix(args[0], "/")))
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
	ts.Check(os.WriteFile(path, manifest, 0o600))
}
