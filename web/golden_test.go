package web_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares an answer, but for the times in it, with testdata/NAME.golden.
func golden(t *testing.T, name string, w *httptest.ResponseRecorder) {
	t.Helper()
	body := w.Body.Bytes()
	var pretty bytes.Buffer
	if json.Indent(&pretty, body, "", "  ") == nil {
		body = pretty.Bytes()
	}
	times := regexp.MustCompile(`("\w+_ms"): [0-9.e-]+`)
	text := times.ReplaceAllString(string(body), "$1: 0")
	text = regexp.MustCompile(`(\d\.\d{9})\d+`).ReplaceAllString(text, "$1…") // the last digits differ between processors
	got := fmt.Sprintf("%d %s\n\n%s", w.Code, w.Header().Get("Content-Type"), text)
	file := filepath.Join("testdata", strings.ReplaceAll(name, " ", "_")+".golden")
	if *update {
		check(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	check(t, err)
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s\n(go test ./web -update writes it)", file, got, want)
	}
}
