package models_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank/models"
)

func TestParse(t *testing.T) {
	const sum = "22c9979ce4fbcdc5acdc310c6641c32797eff1aa980b8f7a2db8a8ea23429a48"
	for text, want := range map[string]models.Source{
		"hf:ggml-org/Q/q.gguf":                  {Repo: "ggml-org/Q", File: "q.gguf"},
		"hf:ggml-org/Q/sub/q.gguf@main":         {Repo: "ggml-org/Q", File: "sub/q.gguf"},
		"hf:a/b/q.gguf@refs/pr/1#sha256=" + sum: {Repo: "a/b", File: "q.gguf", Revision: "refs/pr/1", SHA256: sum},
		"hf:a/b/mail@example.gguf@main":         {Repo: "a/b", File: "mail@example.gguf"},
		"hf:a/b":                                {Repo: "a/b"},
		"hf:a/b@v1.0":                           {Repo: "a/b", Revision: "v1.0"},
		"hf:a/b:Q4_K_M@v1.0":                    {Repo: "a/b", Quant: "Q4_K_M", Revision: "v1.0"},
		"https://huggingface.co/a/b":            {Repo: "a/b"},
		"https://huggingface.co/a/b/":           {Repo: "a/b"},
		"https://hf.co/a/b/tree/v2":             {Repo: "a/b", Revision: "v2"},
		"https://huggingface.co/a/b/blob/main/c/d.gguf?download=true": {Repo: "a/b", File: "c/d.gguf"},
	} {
		if got, err := models.Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v, want %+v", text, got, err, want)
		}
	}
	got, err := models.Parse("https://example.com/a%20b/c.gguf?Signature=secret#sha256=" + strings.ToUpper(sum))
	if err != nil || got.SHA256 != sum || got.URL.RawQuery != "Signature=secret" || got.String() != "https://example.com/a%20b/c.gguf" {
		t.Errorf("a URL is %+v, %v", got, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "give hf:owner/repo/file.gguf",
		"qwen3-reranker":                       "give hf:",
		"./q.gguf":                             "give hf:",
		"ftp://example.com/q.gguf":             "give hf:",
		"https:///q.gguf":                      "give hf:",
		"hf:":                                  "give hf:",
		"hf:a":                                 "give hf:",
		"hf:a/":                                "no repository",
		"hf:/b":                                "no repository",
		"hf:../b":                              "no repository",
		"hf:a/b c":                             "no repository",
		"hf:a/b/":                              "nothing follows the last slash",
		"hf:a/b:":                              "nothing follows the colon",
		"hf:a/b@":                              "nothing follows @",
		"hf:a/b@x//y":                          "no revision",
		"hf:a/b/../c.gguf":                     "no file",
		"hf:a/b//c.gguf":                       "no file",
		"hf:a/b/c\\d.gguf":                     "no file",
		"hf:a/b/c\x1b.gguf":                    "no file",
		"hf:a/b:Q8/0":                          "",
		"hf:a/b#sha256=12":                     "64 hexadecimal digits",
		"hf:a/b/c.gguf#md5=12":                 "64 hexadecimal digits",
		"https://me:secret@example.com/q.gguf": "a user name or a password",
		"hf:a/b#sha256=22c9979ce4fbcdc5acdc310c6641c32797eff1aa980b8f7a2db8a8ea23429a48": "name the file too",
	} {
		if got, err := models.Parse(text); want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("Parse(%q) = %+v, %v, want an error with %q", text, got, err, want)
		}
	}
}

// What is taken for a source can be written and read again, and asks for nothing outside its repository.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"hf:a/b/c.gguf@main", "hf:a/b:Q8_0", "hf:a/b@x/y", "https://huggingface.co/a/b/blob/main/c%2Fd.gguf", "http://x/y?z#sha256=", "hf:a/b/c@d.gguf@main"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := models.Parse(text)
		if err != nil {
			return
		}
		again, err := models.Parse(s.String())
		if s.URL != nil {
			if err == nil && again.URL != nil && (again.URL.Host != s.URL.Host || again.URL.RawQuery != "") {
				t.Errorf("%q is %q, and read again %q", text, s, again)
			}
			return
		}
		if s.SHA256 = ""; err != nil || again != s {
			t.Errorf("%q is %+v, and read again %+v, %v", text, s, again, err)
		}
		if u, err := url.Parse("https://huggingface.co/" + s.Repo); err != nil || u.Path != "/"+s.Repo || strings.Contains(s.String(), "..") && strings.Contains("/"+s.File+"/", "/../") {
			t.Errorf("%q leads to %v, %v", text, u, err)
		}
	})
}

func TestCatalogue(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range models.Catalogue() {
		if err := models.CheckName(e.Name); err != nil || seen[e.Name] || seen[e.From] {
			t.Errorf("%s: %v, or it is there twice", e.Name, err)
		}
		seen[e.Name], seen[e.From] = true, true
		if s := e.Source(); s.String() != e.From || s.Repo == "" || e.Licence == "" || e.Kind == "" {
			t.Errorf("%+v: something is missing, or it is written otherwise: %s", e, s)
		}
		if e.SHA256 != "" && e.Size == 0 {
			t.Errorf("%s: whoever knows its checksum knows its size", e.Name)
		}
		if found, ok := models.Known(strings.ToUpper(e.Name)); !ok || found != e {
			t.Errorf("%s is not found by its name: %+v", e.Name, found)
		}
	}
}
