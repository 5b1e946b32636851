package remote_test

import (
	"strings"
	"testing"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/index/corpus"
	"github.com/quern-search/quern/rerank/remote"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, cfg remote.Config) *remote.Client {
	t.Helper()
	c, err := remote.Open(t.Context(), cfg)
	check(t, err)
	return c
}

// mention fails unless err says all of parts.
func mention(t testing.TB, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one that says %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v\ndoes not say %q", err, part)
		}
	}
}

// articles are the documents of the fixtures.
func articles(t testing.TB) []index.Document {
	t.Helper()
	f, err := fixtures.FS.Open("corpus.jsonl")
	check(t, err)
	defer f.Close()
	var docs []index.Document
	for d, err := range corpus.JSONL(f, "corpus.jsonl") {
		check(t, err)
		docs = append(docs, d)
	}
	return docs
}
