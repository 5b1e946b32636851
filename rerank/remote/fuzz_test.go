package remote

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"
)

// FuzzDecode holds every decoder to this: whatever a server sends, there is an error, or a sound score for each document.
func FuzzDecode(f *testing.F) {
	for _, d := range Dialects() {
		for _, body := range []string{
			`{"results":[{"index":0,"relevance_score":0.9},{"index":1,"relevance_score":1}],"usage":{"total_tokens":7}}`,
			`{"results":[{"index":1,"relevance_score":0},{"index":0,"relevance_score":1e-300}],"meta":{"tokens":{"input_tokens":1e300}}}`,
			`{"output":{"results":[{"index":0,"relevance_score":0.9},{"index":1,"relevance_score":0.1}]},"usage":{"total_tokens":9007199254740993}}`,
			`{"data":[{"index":0,"relevance_score":0.9},{"index":1,"relevance_score":null}],"usage":{"total_tokens":-7}}`,
			`[{"index":0,"score":-1e308},{"index":1,"score":3.5}]`,
			`{"results":null}`, `null`, `[`, `<html>`, ``,
		} {
			f.Add(d, []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		d, err := dialectNamed(name)
		if err != nil {
			t.Skip()
		}
		a, err := d.decode(body)
		if err != nil {
			return
		}
		for _, raw := range []bool{false, true} {
			q := question{query: "q", documents: []string{"a", "bcd"}, raw: raw}
			scores, err := judge(q, a)
			if err != nil {
				continue
			}
			sum := 0
			for i, s := range scores {
				if s.Index != i || math.IsNaN(s.Logit) || math.IsInf(s.Logit, 0) || s.Tokens < 0 {
					t.Errorf("score %d is %+v", i, s)
				}
				sum += s.Tokens
			}
			if len(scores) != len(q.documents) || sum != 0 && sum != a.tokens {
				t.Errorf("%d scores, %d of %d tokens", len(scores), sum, a.tokens)
			}
		}
	})
}

// FuzzWords: an error's text is short, on one line, and valid UTF-8, whatever the server sends.
func FuzzWords(f *testing.F) {
	for _, body := range []string{
		`{"message":"a"}`, `{"error":{"message":"b"}}`, `{"error":"c"}`, `{"detail":[{"msg":"d","loc":["body"]}]}`, `{"detail":"e\nf"}`,
		`{"message":null,"error":3}`, "\xff\xfe", strings.Repeat("ä", quoted), "<html>", "",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		said := wire{}.words(nil, body)
		if len(said) > quoted+len("...") || strings.ContainsAny(said, "\n\r") || strings.ToValidUTF8(said, "") != said {
			t.Errorf("%q becomes %q", body, said)
		}
	})
}

// FuzzRetryAfter: whatever a server asks for is a time between nothing and a day.
func FuzzRetryAfter(f *testing.F) {
	for _, text := range []string{"3", "0.5", "-1", "NaN", "Inf", "1e300", "Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "soon", ""} {
		f.Add(text, "")
		f.Add("1", text)
	}
	f.Fuzz(func(t *testing.T, after, ms string) {
		h := http.Header{"Retry-After": {after}, "Retry-After-Ms": {ms}}
		if got := retryAfter(h); got < 0 || got > 24*time.Hour {
			t.Errorf("Retry-After %q, Retry-After-Ms %q: %v", after, ms, got)
		}
	})
}

// FuzzURL: whatever URL is given, all that is asked is at its host, and its secrets are not shown.
func FuzzURL(f *testing.F) {
	for _, text := range []string{
		"http://h", "https://h:1/v1/rerank?token=x#y", "http://user:password@h/v1/", "http://h/%2f/rerank", "http://h//rerank/", "http://h//", "//h", "http:rerank", "http://[::1]/../rerank",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := parseURL(text)
		if err != nil {
			return
		}
		for _, d := range dialects() {
			e := endpoint(u, d.path)
			if e.Host != u.Host || e.Scheme != u.Scheme || !strings.HasPrefix(e.Path, "/") {
				t.Errorf("%s of %q is %q", d.name, text, e)
			}
		}
		if r := root(u); r.Host != u.Host || strings.HasSuffix(r.Path, "/") && r.Path != "" {
			t.Errorf("root of %q is %q", text, r)
		}
		if u.User != nil && strings.Contains(shown(u), u.User.String()+"@"+u.Host) {
			t.Errorf("%q is shown as %q", text, shown(u))
		}
	})
}
