package corpus

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// A page with all that pages of a help centre have, read as people read it.
func TestAWholePage(t *testing.T) {
	const golden = "testdata/page.golden"
	docs, errs := collect(Open("testdata/page.html"))
	if len(docs) != 1 || errs != "" {
		t.Fatalf("got %d documents, %s", len(docs), errs)
	}
	fields, err := json.Marshal(docs[0].Fields)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("id: %s\ntitle: %s\nurl: %s\nfields: %s\nheadings: %s\n\n%s\n", docs[0].ID, docs[0].Title, docs[0].URL, fields, headingsOf(docs[0]), docs[0].Body)
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s\n(go test ./index/corpus -update writes it)", got, want)
	}
}
