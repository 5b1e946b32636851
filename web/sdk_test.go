package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// sdkFolder has the clients' scripts, what they install, and task.json, which all of them and this test read.
const sdkFolder = "testdata/sdk"

// sdkTimeout ends a script whose client hangs. They take a minute, most of which they wait as they are told.
const sdkTimeout = 5 * time.Minute

// sdkTask is what of task.json the server has to know.
type sdkTask struct {
	Keys struct {
		Good  string
		Busy  string   // may ask one thing at a time, and does already
		Again []string // each has asked all that it may for the next seconds
	}
}

// An sdkLine is what a script says of a client in a situation.
type sdkLine struct {
	Client, Situation string
	OK                bool
	Got, Want         string
}

// Real clients, in the versions that testdata/sdk pins, against a real server with the model that is built in: each gets
// right answers, and tells each kind of error in its own way.
func TestSDKs(t *testing.T) {
	sdk := os.Getenv("QUERN_SDK")
	if sdk == "" {
		t.Skip("no clients: QUERN_SDK=$(.ci/sdk) go test -v -run SDK ./web/ installs and runs them")
	}
	scripts := []struct{ name, program string }{
		{"clients.py", "python/bin/python"},
		{"clients_cohere5.py", "cohere5/bin/python"},
		{"clients.mjs", "python/bin/node"},
	}
	// Node looks for packages beside the script.
	dir := t.TempDir()
	check(t, os.CopyFS(dir, os.DirFS(sdkFolder)))
	check(t, os.Symlink(filepath.Join(sdk, "node_modules"), filepath.Join(dir, "node_modules")))
	var all []sdkLine
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) {
			lines := runSDKs(t, filepath.Join(sdk, s.program), filepath.Join(dir, s.name))
			for _, line := range lines {
				t.Run(line.Client+"/"+line.Situation, func(t *testing.T) {
					if !line.OK {
						t.Errorf("got %s, want %s", line.Got, line.Want)
					}
				})
			}
			all = append(all, lines...)
		})
	}
	t.Log("\n" + sdkTable(all))
}

// sdkQuiet keeps clients from asking others than the server: for prices, and to tell who uses them. Nor is it asked
// through a proxy.
var sdkQuiet = []string{"LITELLM_LOCAL_MODEL_COST_MAP=True", "HAYSTACK_TELEMETRY_ENABLED=false", "NO_PROXY=127.0.0.1"}

// runSDKs has a script check its clients against a server of its own, and returns what it says of them.
func runSDKs(t *testing.T, program, script string) []sdkLine {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), sdkTimeout)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, script, sdkServer(t))
	cmd.Env, cmd.Stderr = append(os.Environ(), sdkQuiet...), &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Errorf("%v\n%s", err, stderr.Bytes())
	}
	var lines []sdkLine
	for text := range strings.Lines(string(stdout)) {
		if !strings.HasPrefix(text, "{") { // some clients print hints
			continue
		}
		var line sdkLine
		check(t, json.Unmarshal([]byte(text), &line))
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		t.Errorf("no client was checked: %s", stderr.Bytes())
	}
	return lines
}

// sdkServer serves the tiny model until the test ends, and returns where.
func sdkServer(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(sdkFolder, "task.json"))
	check(t, err)
	var task sdkTask
	check(t, json.Unmarshal(data, &task))
	server := httptest.NewServer(sdkSite(t, task))
	t.Cleanup(server.Close)
	return server.URL
}

// sdkTable has a row for each client and a column for each situation.
func sdkTable(lines []sdkLine) string {
	var clients, situations []string
	cells := map[[2]string]string{}
	for _, l := range lines {
		if !slices.Contains(clients, l.Client) {
			clients = append(clients, l.Client)
		}
		if !slices.Contains(situations, l.Situation) {
			situations = append(situations, l.Situation)
		}
		cells[[2]string{l.Client, l.Situation}] = l.Got
		if !l.OK {
			cells[[2]string{l.Client, l.Situation}] = "WRONG: " + l.Got
		}
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 1, ' ', tabwriter.Debug)
	fmt.Fprintln(w, "client\t"+strings.Join(situations, "\t"))
	for _, c := range clients {
		fmt.Fprint(w, c)
		for _, s := range situations {
			fmt.Fprint(w, "\t"+cells[[2]string{c, s}])
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return b.String()
}
