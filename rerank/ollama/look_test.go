package ollama

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quern-search/quern/rerank"
)

// A model that is pulled anew, or a server that is updated, makes other scores: the fingerprint follows, as of the next
// look, and so does what is known of the model.
func TestClientLooksAgain(t *testing.T) {
	var digest, version atomic.Value
	var looks atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/version":
			fmt.Fprintf(w, `{"version":%q}`, version.Load())
		case "/api/tags":
			fmt.Fprintf(w, `{"models":[{"name":"m:latest","digest":%q}]}`, digest.Load())
		case "/api/show":
			looks.Add(1)
			fmt.Fprint(w, `{"capabilities":["completion"],"model_info":{"general.architecture":"qwen3"}}`)
		case "/api/generate":
			fmt.Fprint(w, `{"logprobs":[{"token":"yes","logprob":-1,"top_logprobs":[{"token":"yes","logprob":-1},{"token":"no","logprob":-2}]}]}`)
		}
	}))
	defer s.Close()
	host, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	digest.Store("one")
	version.Store("0.24.0")
	c, err := Open(t.Context(), Config{Model: "m", Host: host})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		digest, version string
		later           bool // whether it is time to look again
		want            string
		looks           int64
	}{
		{"one", "0.24.0", true, "ollama:one:0.24.0:8192", 1},
		{"two", "0.24.0", false, "ollama:one:0.24.0:8192", 1},
		{"two", "0.24.0", true, "ollama:two:0.24.0:8192", 2},
		{"two", "0.25.0", true, "ollama:two:0.25.0:8192", 3},
	} {
		digest.Store(test.digest)
		version.Store(test.version)
		if test.later {
			m := *c.served.Load()
			m.seen = time.Time{}
			c.served.Store(&m)
		}
		if _, err := rerank.Rank(t.Context(), c, rerank.Task{Query: "q", Documents: []string{"d"}}, 0); err != nil {
			t.Fatal(err)
		}
		if got := c.Model().Fingerprint; got != test.want || looks.Load() != test.looks {
			t.Errorf("%+v: fingerprint %q after %d looks", test, got, looks.Load())
		}
	}
}
