package web_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"gopkg.in/yaml.v3"

	"github.com/quern-search/quern/web"
)

// tails are the paths whose last part may have slashes, which OpenAPI cannot say.
var tails = map[string]string{"/doc/": "{id}", "/api/documents/": "{id}", "/static/": "{name}", "/v1/models/": "{name}", "/v1/inference/": "{model}"}

// A description is openapi.yaml: what checks answers against it, and its paths.
type description struct {
	validator.Validator
	// one at a time: while a second goroutine resolves the same references, the validator finds that a choice of the
	// schema does not compile, passes over it in silence, and holds the answer against another
	one   *sync.Mutex
	paths map[string]map[string]yaml.Node // operations and parameters, by path
}

// readDescription reads it once for all tests, since they hold thousands of answers against it.
var readDescription = sync.OnceValues(func() (description, error) {
	d := description{one: new(sync.Mutex)}
	data, err := os.ReadFile("openapi.yaml")
	if err != nil {
		return d, err
	}
	err = yaml.Unmarshal(data, &struct {
		Paths *map[string]map[string]yaml.Node
	}{&d.paths})
	if err != nil {
		return d, err
	}
	document, err := libopenapi.NewDocument(data)
	if err != nil {
		return d, err
	}
	// Strict: what an answer has and the description does not is a mistake in one of them.
	v, errs := validator.NewValidator(document, config.WithStrictMode(),
		config.WithStrictIgnorePaths("$.body.hits[*].fields.*", "$.body.fields.*"), // which are anybody's
		config.WithStrictIgnoredHeadersExtra(
			"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Vary", "Allow",
			"Access-Control-Allow-Origin", "Access-Control-Expose-Headers"))
	d.Validator = v
	return d, errors.Join(errs...)
})

func describe(t testing.TB) description {
	t.Helper()
	d, err := readDescription()
	check(t, err)
	return d
}

// operations are what can be asked, as "GET /api/search".
func (d description) operations() []string {
	var all []string
	for path, operations := range d.paths {
		for method := range operations {
			if method != "parameters" {
				all = append(all, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(all)
	return all
}

// has tells whether the description has the path of a request.
func (d description) has(path string) bool {
	for prefix := range tails {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return d.paths[path] != nil
}

func TestDescriptionIsOpenAPI(t *testing.T) {
	_, problems := describe(t).ValidateDocument()
	for _, p := range problems {
		t.Error(p)
	}
	w := request{path: "/openapi.yaml"}.do(site{web: web.Config{Keys: keys()}}.start(t))
	if !strings.HasPrefix(w.Body.String(), "openapi: 3.1.0\n") || w.Header().Get("Content-Type") != "application/yaml" {
		t.Error(w.Header(), w.Body)
	}
}

// described is h, each of whose answers is held against the description.
func described(t testing.TB, h http.Handler) http.Handler {
	d := describe(t)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorded := httptest.NewRecorder()
		h.ServeHTTP(recorded, r)
		answer := recorded.Result()
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.StatusCode)
		if recorded.Body.Len() > 0 {
			_, err := w.Write(recorded.Body.Bytes())
			check(t, err)
		}
		d.checkAnswer(t, r, answer, recorded.Body.Bytes())
	})
}

// checkAnswer holds one answer against the description. What no path is described for must be refused.
func (d description) checkAnswer(t testing.TB, r *http.Request, answer *http.Response, body []byte) {
	t.Helper()
	switch {
	case r.Context().Err() != nil: // whoever asked has gone: there is no answer
		return
	case r.Method == http.MethodHead || r.Method == http.MethodOptions: // as the description says in its head; CORS
		return
	case answer.StatusCode == http.StatusMethodNotAllowed || answer.StatusCode == http.StatusNotFound && !d.has(r.URL.Path):
		return
	}
	if answer.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(body))
		check(t, err)
		body, err = io.ReadAll(z)
		check(t, err)
		answer.Header.Del("Content-Encoding")
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	asked := r.Clone(t.Context())
	for prefix := range tails {
		if strings.HasPrefix(asked.URL.Path, prefix) {
			asked.URL.Path, asked.URL.RawPath = prefix+"any", ""
		}
	}
	d.one.Lock()
	_, problems := d.ValidateHttpResponse(asked, answer)
	d.one.Unlock()
	for _, p := range problems {
		t.Errorf("%s %s: %d is not as openapi.yaml says: %v\n%s", r.Method, r.URL.Path, answer.StatusCode, p, body[:min(len(body), 400)])
	}
}

// Every route of the server is described, and the other way round.
func TestEveryRouteIsDescribed(t *testing.T) {
	var routes []string
	for _, r := range (site{writable: true}).server(t).Handler().(*echo.Echo).Routes() {
		if r.Method == http.MethodHead {
			continue
		}
		path := r.Path
		if prefix, ok := strings.CutSuffix(path, "*"); ok {
			path = prefix + tails[prefix]
		}
		routes = append(routes, r.Method+" "+path)
	}
	slices.Sort(routes)
	if diff := cmp.Diff(routes, describe(t).operations()); diff != "" {
		t.Errorf("routes of the server (-) and openapi.yaml (+):\n%s", diff)
	}
}

// Every value is typed: a program that is made from the description knows all it can send and get.
func TestEveryValueIsTyped(t *testing.T) {
	data, err := os.ReadFile("openapi.yaml")
	check(t, err)
	var document map[string]any
	check(t, yaml.Unmarshal(data, &document))
	schemas := 0
	each(document, "", func(where string, schema map[string]any) {
		schemas++
		if problem := untyped(schema); problem != "" {
			t.Errorf("%s: %s", where, problem)
		}
	})
	if schemas < 100 {
		t.Errorf("%d schemas: the walk finds too few", schemas)
	}
}

// each calls f with every schema below value: what stands under schema and schemas, and what those have in them.
func each(value any, where string, f func(where string, schema map[string]any)) {
	if list, ok := value.([]any); ok {
		for i, v := range list {
			each(v, fmt.Sprintf("%s[%d]", where, i), f)
		}
	}
	object, _ := value.(map[string]any)
	for key, v := range object {
		below := where + "/" + key
		switch key {
		case "example", "enum", "const", "required":
			continue
		case "schema", "items":
			f(below, v.(map[string]any))
		case "schemas", "properties":
			for name, schema := range v.(map[string]any) {
				f(below+"/"+name, schema.(map[string]any))
			}
		case "oneOf", "anyOf", "allOf":
			for i, schema := range v.([]any) {
				f(fmt.Sprintf("%s[%d]", below, i), schema.(map[string]any))
			}
		}
		each(v, below, f)
	}
}

// untyped says what a schema leaves open; nothing where it is a reference or a choice, whose parts are looked at themselves.
func untyped(schema map[string]any) string {
	for _, key := range []string{"$ref", "oneOf", "anyOf", "allOf"} {
		if schema[key] != nil {
			return ""
		}
	}
	types := fmt.Sprint(schema["type"])
	free := schema["additionalProperties"] == true && schema["description"] != nil
	switch {
	case schema["type"] == nil:
		return "it has no type"
	case strings.Contains(types, "object") && schema["properties"] == nil && !free:
		return "a bare object: list its properties, or say that all are allowed, and why"
	case strings.Contains(types, "array") && schema["items"] == nil:
		return "a list of nobody knows what"
	}
	return ""
}
