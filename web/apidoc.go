package web

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// An apiDocument is what the page at /api shows of openapi.yaml, in the file's order.
type apiDocument struct {
	Info struct{ Title, Summary, Description string }
	Tags []struct{ Name, Description string }

	Paths      pairs[apiPath]
	Components struct {
		Schemas       pairs[apiSchema]
		RequestBodies map[string]apiBody `yaml:"requestBodies"`
		Responses     map[string]apiResponse
	}
}

// pairs are a mapping in the file's order.
type pairs[V any] []pair[V]

type pair[V any] struct {
	Key   string
	Value V
}

// UnmarshalYAML implements [yaml.Unmarshaler].
func (p *pairs[V]) UnmarshalYAML(n *yaml.Node) error {
	for i := 0; i+1 < len(n.Content); i += 2 {
		var v V
		if err := n.Content[i+1].Decode(&v); err != nil {
			return err
		}
		*p = append(*p, pair[V]{n.Content[i].Value, v})
	}
	return nil
}

type apiPath struct {
	Parameters             []apiParameter // of every operation
	Get, Put, Post, Delete *apiOperation
}

// operations are those of a path, by method.
func (p apiPath) operations() []pair[*apiOperation] {
	all := []pair[*apiOperation]{{"GET", p.Get}, {"PUT", p.Put}, {"POST", p.Post}, {"DELETE", p.Delete}}
	return slices.DeleteFunc(all, func(o pair[*apiOperation]) bool { return o.Value == nil })
}

type apiOperation struct {
	Tags                 []string
	ID                   string `yaml:"operationId"`
	Summary, Description string
	Parameters           []apiParameter
	Body                 *apiBody `yaml:"requestBody"`
	Responses            pairs[apiResponse]
	Security             *[]any // nil: it asks for a key
}

type apiParameter struct {
	Name, In, Description string
	Required              bool
	Schema                apiSchema
	Example               any
}

type apiBody struct {
	Ref     string `yaml:"$ref"`
	Content pairs[apiContent]
}

type apiResponse struct {
	Ref         string `yaml:"$ref"`
	Description string
	Content     pairs[apiContent]
}

type apiContent struct {
	Schema  apiSchema
	Example any
}

type apiSchema struct {
	Ref                  string `yaml:"$ref"`
	Type                 apiType
	Description          string
	Enum                 []any
	Properties           pairs[apiSchema]
	Required             []string
	Items                *apiSchema
	OneOf                []apiSchema `yaml:"oneOf"`
	AnyOf                []apiSchema `yaml:"anyOf"`
	Minimum, Maximum     *float64
	MaxLength            int `yaml:"maxLength"`
	MaxItems             int `yaml:"maxItems"`
	AdditionalProperties any `yaml:"additionalProperties"`
}

// An apiType is one type, or several of which a value has one.
type apiType []string

// UnmarshalYAML implements [yaml.Unmarshaler].
func (t *apiType) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*t = apiType{n.Value}
		return nil
	}
	return n.Decode((*[]string)(t))
}

func loadAPIDocument() (*apiDocument, error) {
	data, err := files.ReadFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	var d apiDocument
	if err := yaml.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	return &d, nil
}

// refName is the name that a reference ends in.
func refName(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

// A word of a type's description; Ref is the schema that it names, or empty.
type word struct{ Text, Ref string }

// words tell what a value is: "list of", "Hit".
func (s apiSchema) words() []word {
	switch {
	case s.Ref != "":
		return []word{{refName(s.Ref), refName(s.Ref)}}
	case len(s.OneOf)+len(s.AnyOf) > 0:
		var all []word
		for i, one := range append(slices.Clone(s.OneOf), s.AnyOf...) {
			if i > 0 {
				all = append(all, word{Text: "or"})
			}
			all = append(all, one.words()...)
		}
		return all
	case s.Items != nil:
		list := "list of"
		if s.MaxItems > 0 {
			list = "list of up to " + strconv.Itoa(s.MaxItems)
		}
		return append([]word{{Text: list}}, s.Items.words()...)
	case len(s.Enum) > 0:
		var all []string
		for _, v := range s.Enum {
			text, _ := json.Marshal(v) // strings and null, which cannot fail
			all = append(all, string(text))
		}
		return []word{{Text: strings.Join(all, ", ")}}
	}
	return []word{{Text: strings.Join(s.Type, " or ") + s.limits()}}
}

func (s apiSchema) limits() string {
	number := func(v *float64) string { return strconv.FormatFloat(*v, 'f', -1, 64) }
	switch {
	case s.Minimum != nil && s.Maximum != nil:
		return ", " + number(s.Minimum) + " to " + number(s.Maximum)
	case s.Minimum != nil:
		return ", at least " + number(s.Minimum)
	case s.MaxLength > 0:
		return ", up to " + strconv.Itoa(s.MaxLength) + " characters"
	}
	return ""
}
