package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/yuin/goldmark"
)

// An apiView is the page at /api: what openapi.yaml says, for people, with a form for each operation.
type apiView struct {
	frame
	Summary string
	About   template.HTML
	Groups  []groupView
	Schemas []schemaView
}

type groupView struct {
	Name       string
	About      template.HTML
	Operations []operationView
}

type operationView struct {
	ID, Method, Path, Summary string
	About                     template.HTML
	Open                      bool // whether no key is asked for
	Parameters                []fieldDoc
	Body                      *bodyView // nil: none
	Answers                   []answerDoc
}

// A fieldDoc is a parameter, or a property of an object.
type fieldDoc struct {
	Name     string
	In       string // "path", "query"; empty for a property
	Type     []word
	Required bool
	About    template.HTML
	Example  string
}

type bodyView struct {
	Type    []word
	Example string // JSON
}

type answerDoc struct {
	Status string
	About  template.HTML
	Kind   string // media types
	Type   []word
}

type schemaView struct {
	Name   string
	About  template.HTML
	Type   []word // where it is no object
	Fields []fieldDoc
}

// apiPolicy lets the page at /api run the server's own script and ask the server, besides what all pages may.
const apiPolicy = policy + "; script-src 'self'; connect-src 'self'"

// apiPage is GET /api.
func (s *Server) apiPage(c echo.Context) error {
	v := s.api
	v.frame = s.frame("API")
	c.Response().Header().Set("Content-Security-Policy", apiPolicy)
	return s.render(c, http.StatusOK, "api", v)
}

// viewOfAPI reads openapi.yaml and puts it into the words of the page.
func viewOfAPI() (apiView, error) {
	d, err := loadAPIDocument()
	if err != nil {
		return apiView{}, err
	}
	v := apiView{Summary: d.Info.Summary, About: prose(d.Info.Description)}
	for _, tag := range d.Tags {
		g := groupView{Name: tag.Name, About: prose(tag.Description)}
		for _, path := range d.Paths {
			for _, o := range path.Value.operations() {
				if slices.Contains(o.Value.Tags, tag.Name) {
					view, err := d.operation(o.Key, path.Key, path.Value.Parameters, o.Value)
					if err != nil {
						return apiView{}, fmt.Errorf("openapi.yaml: %s: %w", o.Value.ID, err)
					}
					g.Operations = append(g.Operations, view)
				}
			}
		}
		v.Groups = append(v.Groups, g)
	}
	for _, schema := range d.Components.Schemas {
		sv := schemaView{Name: schema.Key, About: prose(schema.Value.Description), Fields: fieldsOf(schema.Value, "")}
		if len(sv.Fields) == 0 {
			sv.Type = schema.Value.words()
		}
		v.Schemas = append(v.Schemas, sv)
	}
	return v, nil
}

func (d *apiDocument) operation(method, path string, shared []apiParameter, o *apiOperation) (operationView, error) {
	v := operationView{ID: o.ID, Method: method, Path: path, Summary: o.Summary, About: prose(o.Description), Open: o.Security != nil}
	for _, p := range append(slices.Clone(shared), o.Parameters...) {
		f := fieldDoc{Name: p.Name, In: p.In, Type: p.Schema.words(), Required: p.Required, About: prose(p.Description)}
		if p.Example != nil {
			f.Example = fmt.Sprint(p.Example)
		}
		v.Parameters = append(v.Parameters, f)
	}
	if o.Body != nil {
		body := *o.Body
		if body.Ref != "" {
			body = d.Components.RequestBodies[refName(body.Ref)]
		}
		for _, content := range body.Content {
			example, err := indented(content.Value.Example)
			if err != nil {
				return v, err
			}
			v.Body = &bodyView{content.Value.Schema.words(), example}
		}
	}
	for _, r := range o.Responses {
		response := r.Value
		if response.Ref != "" {
			response = d.Components.Responses[refName(response.Ref)]
		}
		v.Answers = append(v.Answers, answerOf(r.Key, response))
	}
	return v, nil
}

func answerOf(status string, r apiResponse) answerDoc {
	a := answerDoc{Status: status, About: prose(r.Description)}
	var kinds []string
	for _, content := range r.Content {
		kinds = append(kinds, content.Key)
		if content.Value.Schema.Ref != "" {
			a.Type = content.Value.Schema.words()
		}
	}
	a.Kind = strings.Join(kinds, ", ")
	return a
}

// prose is a description as HTML: in OpenAPI it is Markdown, though openapi.yaml has no more of that than code in backticks.
func prose(markdown string) template.HTML {
	var b strings.Builder
	if err := goldmark.Convert([]byte(markdown), &b); err != nil { // a strings.Builder takes all
		return template.HTML(template.HTMLEscapeString(markdown))
	}
	return template.HTML(b.String())
}

// fieldsOf lists the properties of an object, and those of the objects in it, as outer.inner.
func fieldsOf(s apiSchema, prefix string) []fieldDoc {
	var all []fieldDoc
	for _, p := range s.Properties {
		name := prefix + p.Key
		all = append(all, fieldDoc{Name: name, Type: p.Value.words(), Required: slices.Contains(s.Required, p.Key), About: prose(p.Value.Description)})
		all = append(all, fieldsOf(p.Value, name+".")...)
	}
	return all
}

// indented is an example as JSON to read; empty where there is none.
func indented(example any) (string, error) {
	if example == nil {
		return "", nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(example)
	return strings.TrimSpace(b.String()), err
}
