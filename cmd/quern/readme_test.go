package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/quern-search/quern/rerank/models/hubtest"
)

// The README is tested: every command in a console block runs, in order, in one folder, and what it prints on both
// streams is what the block shows. There "..." stands for anything within a line, and on a line of its own for any
// lines. A server stays up until the next one starts, on a port of its own. What stands for Hugging Face is a server on
// this machine, which has quern-tiny for the model that the README pulls.
func TestReadmeCommands(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are for a POSIX shell")
	}
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is missing: install it to run the README's commands", tool)
		}
	}
	dir := t.TempDir()
	buildQuern(t, filepath.Join(dir, "quern"))
	writeDocs(t, dir)
	hub := hubtest.New(t)
	hub.Add("Voodisss/Qwen3-Reranker-0.6B-GGUF-llama_cpp", "Qwen3-Reranker-0.6B-Q8_0.gguf", tinyBytes(t))
	t.Setenv("HF_ENDPOINT", hub.URL)
	t.Setenv("OLLAMA_MODELS", filepath.Join(dir, "ollama"))
	t.Setenv(modelsVariable, filepath.Join(dir, "models"))
	r := readme{t: t, dir: dir}
	defer r.stop()
	for _, block := range blocks(t, "console") {
		for _, c := range commands(block) {
			r.run(c.command, c.output)
		}
	}
}

// The Go program is a program: in a module of its own, without cgo, over a folder of Markdown.
func TestReadmeProgram(t *testing.T) {
	dir := t.TempDir()
	writeDocs(t, dir)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	// The requirements are quern's own: nothing is looked up in the network.
	_, requirements, _ := strings.Cut(string(mod), "\nrequire")
	write(t, dir, "go.mod", "module example.com/site\n\ngo 1.26\n\nrequire github.com/quern-search/quern v0.0.0\n\nreplace github.com/quern-search/quern => "+root+"\n\nrequire"+requirements)
	write(t, dir, "go.sum", string(sum))
	write(t, dir, "main.go", blocks(t, "go")[0])
	cmd := exec.Command("go", "run", "-mod=mod", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOPROXY=off")
	out, err := cmd.CombinedOutput()
	if want := "1. Billing (billing.md)\n2. Getting started (start.md)\n"; err != nil || string(out) != want {
		t.Errorf("it printed\n%s\n%v, want\n%s", out, err, want)
	}
}

func buildQuern(t *testing.T, path string) {
	t.Helper()
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func writeDocs(t *testing.T, dir string) {
	t.Helper()
	write(t, dir, "docs/billing.md", "# Billing\n\nInvoices go out on the first of the month. To cancel your plan, open the billing page and choose to end it.\n")
	write(t, dir, "docs/start.md", "# Getting started\n\nInstall the program, sign in, and pick a plan.\n")
}

// blocks returns the fenced blocks of the README in the given language.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range regexp.MustCompile("(?s)\n```"+language+"\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		found = append(found, m[1])
	}
	if len(found) == 0 {
		t.Fatalf("the README has no %s block", language)
	}
	return found
}

type command struct{ command, output string }

// commands takes a console block apart: "$ " begins a command, "> " goes on with it, the rest is output.
func commands(block string) (list []command) {
	for line := range strings.Lines(block) {
		switch {
		case strings.HasPrefix(line, "$ "):
			list = append(list, command{command: line[2:]})
		case strings.HasPrefix(line, "> "):
			list[len(list)-1].command += line[2:]
		default:
			list[len(list)-1].output += line
		}
	}
	return list
}

// readme runs the commands of one reader.
type readme struct {
	t       *testing.T
	dir     string
	address string // of the server that is up
	end     func() // ends it
}

func (r *readme) run(command, want string) {
	r.t.Helper()
	r.t.Logf("$ %s", command)
	if strings.HasPrefix(command, "go test ") || strings.HasPrefix(command, "go build ") {
		return // this is that test, and the program is built
	}
	if strings.Contains(command, "quern eval") && !strings.Contains(command, "--model none") && os.Getenv("QUERN_FULL") == "" {
		r.t.Log("not run, since it takes minutes: QUERN_FULL=1 go test -run Readme ./cmd/quern/")
		return
	}
	// The program has been built from ./cmd/quern, and is run in a folder that has docs.
	command = strings.ReplaceAll(command, "go run ./cmd/quern", "./quern")
	if strings.Contains(command, "./quern serve") {
		r.serve(command, want)
		return
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", strings.ReplaceAll(command, "127.0.0.1:8080", r.address))
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+filepath.Join(r.dir, ".cache")) // no scores of other builds
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Errorf("$ %s\n%s%v", command, out, err)
	}
	r.compare(command, string(out), want)
}

// serve starts a server and waits until it says where it is.
func (r *readme) serve(command, want string) {
	r.t.Helper()
	r.stop()
	cmd := exec.Command("sh", "-c", "exec env "+strings.TrimSpace(command)+" --listen 127.0.0.1:0")
	cmd.Dir = r.dir
	log, err := os.Create(filepath.Join(r.dir, "log"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	r.end = func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			r.t.Error(err)
		}
		if err := <-ended; err != nil {
			r.t.Errorf("$ %s\nended with %v", command, err)
		}
	}
	address := regexp.MustCompile(`http://(127\.0\.0\.1:\d+)/`)
	for {
		out, err := os.ReadFile(log.Name())
		if err != nil {
			r.t.Fatal(err)
		}
		if m := address.FindSubmatch(out); m != nil && bytes.HasSuffix(out, []byte("\n")) {
			r.address = string(m[1])
			if want != "" {
				r.compare(command, strings.ReplaceAll(string(out), r.address, "127.0.0.1:8080"), want)
			}
			return
		}
		select {
		case err := <-ended:
			r.t.Fatalf("$ %s\n%s%v", command, out, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (r *readme) stop() {
	if r.end != nil {
		r.end()
		r.end = nil
	}
}

func (r *readme) compare(command, got, want string) {
	r.t.Helper()
	pattern := regexp.QuoteMeta(strings.TrimRight(want, "\n"))
	pattern = regexp.MustCompile(`(?m)^\\\.\\\.\\\.$\n`).ReplaceAllString(pattern, `(?:.*\n)*`)
	pattern = strings.ReplaceAll(pattern, `\.\.\.`, `.*`)
	if !regexp.MustCompile(`^` + pattern + `$`).MatchString(strings.TrimRight(got, "\n")) {
		r.t.Errorf("$ %s\nprinted\n%s\nthe README says\n%s", command, got, want)
	}
}
