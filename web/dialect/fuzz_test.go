package dialect_test

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/web/dialect"
)

// Whatever comes to whichever path: an error says so and is JSON in that form, and what is read can be judged and answered.
func FuzzRead(f *testing.F) {
	for _, test := range requests {
		f.Add(routeIndex(f, test.path), []byte(test.request))
	}
	for _, body := range bombs() {
		if len(body.text) < 1000 {
			f.Add(uint(0), []byte(body.text))
		}
	}
	f.Fuzz(func(t *testing.T, i uint, body []byte) {
		routes := dialect.Routes()
		form, job, err := routes[i%uint(len(routes))].Read(body)
		if err != nil {
			if !errors.Is(err, dialect.ErrInvalid) {
				t.Fatalf("%v is no ErrInvalid", err)
			}
			status, answer := form.Fail(dialect.Problem{Status: 400, Code: "InvalidParameter", Message: err.Error(), RequestID: "test"}, err)
			if _, wrong := json.Marshal(answer); wrong != nil || status < 400 || status > 499 {
				t.Fatalf("%d %v: %v", status, answer, wrong)
			}
			return
		}
		places := 0
		for _, p := range job.Parts() {
			if p.Task.Query == "" || len(p.Task.Documents) != len(p.Places) {
				t.Fatalf("part %+v", p)
			}
			places += len(p.Places)
		}
		if n := len(job.Task.Documents); n == 0 || n > form.Limits.Documents || places != n || job.TopN < 0 {
			t.Fatalf("job %+v", job)
		}
		r := dialect.Result{Model: "m"}
		for i, d := range job.Task.Documents {
			if !utf8.ValidString(d) {
				t.Fatalf("document %d is %q", i, d)
			}
			r.Scores = append(r.Scores, rerank.Score{Index: i, Logit: float64(i)})
		}
		if _, err := json.Marshal(form.Answer(job, r)); err != nil {
			t.Fatal(err)
		}
	})
}
