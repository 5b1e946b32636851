package index

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
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
// asked for, nor one within.
const valueSeparator = "\x00"

func valueTerm(name, value string) string { return name + valueSeparator + value }

// values lists what a document can be filtered, counted and sorted by, as terms of valueField: every text, number and
// truth value among its Fields; of a list every entry; of an object within, "outer.inner". And its URL. Of too many those
// count whose names come first.
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
			for _, inner := range names(v) {
				walk(name+"."+inner, v[inner], depth+1)
			}
		default: // another type of Go's: as the reader of the stored JSON will find it
			if plain, ok := plainJSON(v); ok {
				walk(name, plain, depth)
			}
		}
	}
	if _, taken := d.Fields[urlField]; !taken {
		add(urlField, d.URL)
	}
	for _, name := range names(d.Fields) {
		walk(name, d.Fields[name], 1)
	}
	return terms
}

// names lists those that can be asked for, in order.
func names(fields map[string]any) []string {
	all := slices.Sorted(maps.Keys(fields))
	return slices.DeleteFunc(all, func(name string) bool { return strings.Contains(name, valueSeparator) })
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
