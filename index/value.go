package index

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Which of a document's fields can be asked for. What is beyond is stored and handed back all the same.
const (
	maxValueBytes = 1024 // a value that is longer is a text, which nobody filters by
	maxValues     = 1000 // of one document, with all of its fields
	maxFieldDepth = 8    // objects within objects
)

// urlField is the name under which a document's URL can be asked for, so that a part of a site can be searched alone.
const urlField = "url"

// valueSeparator stands between the name and the value in a term of valueField. A name that has one itself cannot be
// asked for.
const valueSeparator = "\x00"

func valueTerm(name, value string) string { return name + valueSeparator + value }

// values lists what a document can be filtered, counted and sorted by, as terms of valueField: every text, number and
// truth value among its Fields; of a list every entry; of an object within, "outer.inner". And its URL.
func (d Document) values() []string {
	var terms []string
	add := func(name, value string) {
		if value != "" && len(value) <= maxValueBytes && len(terms) < maxValues {
			terms = append(terms, valueTerm(name, value))
		}
	}
	var walk func(name string, value any, depth int)
	walk = func(name string, value any, depth int) {
		switch v := value.(type) {
		case nil:
		case string:
			add(name, strings.TrimSpace(v))
		case bool:
			add(name, strconv.FormatBool(v))
		case json.Number:
			add(name, v.String())
		case []any:
			for _, one := range v {
				walk(name, one, depth)
			}
		case map[string]any:
			if depth == maxFieldDepth {
				return
			}
			for inner, one := range v {
				walk(name+"."+inner, one, depth+1)
			}
		default: // another type of Go's: as the reader of the stored JSON will find it
			if plain, ok := plainJSON(v); ok {
				walk(name, plain, depth)
			}
		}
	}
	for name, value := range d.Fields {
		if !strings.Contains(name, valueSeparator) {
			walk(name, value, 1)
		}
	}
	if _, taken := d.Fields[urlField]; !taken {
		add(urlField, d.URL)
	}
	return terms
}

// plainJSON makes of any value what decoding its JSON gives: text, number, truth value, list or object.
func plainJSON(v any) (plain any, ok bool) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return plain, dec.Decode(&plain) == nil
}
