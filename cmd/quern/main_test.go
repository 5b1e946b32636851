package main

import (
	"context"
	"io"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs testdata/script/*.txtar: what people type, and what they get. Each script has a folder of its own.
// Besides what testscript has, they use the commands of script_test.go and the programs of http_test.go; `quern` is
// this very program.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup:               setup,
		Cmds:                scriptCommands(),
	})
}

func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"fails":     fails,
		"usage":     usage,
		"tinymodel": tinyModel,
		"serve":     serve,
		"interrupt": interrupt,
		"certify":   certify,
	}
}

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"quern": main, "http": httpMain, "body": bodyMain})
}

// The command is a function of its streams and arguments.
func TestRun(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name string
		ctx  context.Context
		args []string
		want int
	}{
		{"it works", t.Context(), []string{"version"}, exitOK},
		{"an unknown flag", t.Context(), []string{"version", "--nonsense"}, exitUsage},
		{"an unknown model", t.Context(), []string{"models", "check", "nonsense"}, exitFailure},
		{"interrupted", ended, []string{"models", "check", "tiny"}, exitFailure},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := run(test.ctx, nil, io.Discard, io.Discard, test.args); got != test.want {
				t.Errorf("exit status %d, want %d", got, test.want)
			}
		})
	}
}
