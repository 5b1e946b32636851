package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/quern-search/quern/fixtures"
)

// fails runs a program that must end with status 1: understood, but it could not do its work.
//
//	fails quern search --model nowhere.gguf egg
func fails(ts *testscript.TestScript, neg bool, args []string) { exits(ts, neg, exitFailure, args) }

// usage runs a program that must end with status 2: the command line made no sense.
func usage(ts *testscript.TestScript, neg bool, args []string) { exits(ts, neg, exitUsage, args) }

func exits(ts *testscript.TestScript, neg bool, want int, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: fails|usage PROGRAM ARG...")
	}
	err := ts.Exec(args[0], args[1:]...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != want {
		ts.Fatalf("%s: it should end with status %d, not with: %v", strings.Join(args, " "), want, err)
	}
}

// tinyModel writes the first bytes of the built-in model to a file; 0 for all of them.
//
//	tinymodel cut.gguf 5000
func tinyModel(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tinymodel FILE BYTES")
	}
	bytes, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	r, size := fixtures.Model()
	if bytes == 0 {
		bytes = size
	}
	data, err := io.ReadAll(io.NewSectionReader(r, 0, bytes))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// A server is the `quern serve` that a script has in the background, one at a time.
type server struct {
	cmd    *exec.Cmd // nil: none
	stderr *bufio.Reader
}

// serverKey is where a script's environment keeps its *server.
type serverKey struct{}

// setup gives scripts $MODELS, where there are folders of models with random weights: tied, sharded and classifier.
func setup(env *testscript.Env) error {
	models, err := filepath.Abs("../../rerank/qwen3/testdata/pytorch")
	if err != nil {
		return err
	}
	env.Setenv("MODELS", models)
	s := &server{}
	baseline, err := filepath.Abs("../../fixtures/golden/baseline.json")
	if err != nil {
		return err
	}
	env.Setenv("BASELINE", baseline)
	env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, ".cache")) // no script knows the scores of another
	env.Values[serverKey{}] = s
	env.Defer(func() {
		if s.cmd != nil { // the script has failed
			_ = s.cmd.Process.Kill()
			_ = s.cmd.Wait()
		}
	})
	return nil
}

var address = regexp.MustCompile(`^quern: serving .* (https?://[^/\s]+)`)

// serve starts `quern serve ARG...` and waits until it tells its address, which is then $URL, and
// $ADDRESS without the scheme. What it wrote to standard
// error so far can be matched by stderr.
//
//	serve --listen 127.0.0.1:0 --model none
//	exec http GET $URL/healthz
//	interrupt
func serve(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(serverKey{}).(*server)
	if neg || s.cmd != nil {
		ts.Fatalf("serve: one at a time, and it must start")
	}
	program, err := exec.LookPath("quern")
	ts.Check(err)
	cmd := exec.Command(program, append([]string{"serve"}, args...)...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = os.Environ()
	for _, v := range []string{"OLLAMA_HOST", "QUERN_API_KEYS", modelsVariable} {
		cmd.Env = append(cmd.Env, v+"="+ts.Getenv(v))
	}
	stderr, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	s.cmd, s.stderr = cmd, bufio.NewReader(stderr)
	var log strings.Builder
	for {
		line, err := s.stderr.ReadString('\n')
		log.WriteString(line)
		if err != nil {
			ts.Fatalf("serve: it told no address but:\n%s", log.String())
		}
		if found := address.FindStringSubmatch(line); found != nil {
			ts.Setenv("URL", found[1])
			_, address, _ := strings.Cut(found[1], "://")
			ts.Setenv("ADDRESS", address)
			break
		}
	}
	_, err = io.WriteString(ts.Stderr(), log.String())
	ts.Check(err)
}

// interrupt ends the server as Ctrl-C does, or with -term as a service manager does. It must end well; what it wrote
// since it told its address can be matched by stderr.
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(serverKey{}).(*server)
	if neg || s.cmd == nil {
		ts.Fatalf("interrupt: nothing is serving")
	}
	var signal os.Signal = os.Interrupt
	if len(args) == 1 && args[0] == "-term" {
		signal = syscall.SIGTERM
	}
	ts.Check(s.cmd.Process.Signal(signal))
	log, err := io.ReadAll(s.stderr)
	ts.Check(err)
	_, err = ts.Stderr().Write(log)
	ts.Check(err)
	cmd := s.cmd
	s.cmd = nil
	if err := cmd.Wait(); err != nil {
		ts.Fatalf("serve: asked to end, it ended with: %v\n%s", err, log)
	}
}
