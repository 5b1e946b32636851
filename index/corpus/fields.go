package corpus

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/quern-search/quern/index"
)

// Fields names the keys of JSONL objects, and the columns of CSV files, that make a document. What is empty has the
// names of BEIR. One key may serve twice, as ID and URL say. The keys that none of these names go into Document.Fields.
type Fields struct {
	ID    string // empty: "_id", or else "id"
	Title string // empty: "title"
	Text  string // empty: "text", or else "body"
	URL   string // empty: "url"
}

// columns are the keys that may hold each part of a document, the first that is there counting.
func (f Fields) columns() (id, title, text, url []string) {
	or := func(name string, defaults ...string) []string {
		if name != "" {
			return []string{name}
		}
		return defaults
	}
	return or(f.ID, "_id", "id"), or(f.Title, "title"), or(f.Text, "text", "body"), or(f.URL, "url")
}

// document takes the keys that f names out of an object; the rest are Fields.
func (f Fields) document(keys map[string]any) (index.Document, error) {
	var errs []error
	used := map[string]bool{}
	take := func(names []string) string {
		for _, name := range names {
			value, ok := keys[name]
			if !ok {
				continue
			}
			used[name] = true
			text, err := textOf(value)
			if err != nil {
				errs = append(errs, fmt.Errorf("%q is %w", name, err))
			}
			return text
		}
		return ""
	}
	id, title, text, url := f.columns()
	d := index.Document{ID: take(id), Title: take(title), Body: take(text), URL: take(url)}
	if err := errors.Join(errs...); err != nil {
		return index.Document{}, err
	}
	if d.ID == "" {
		return index.Document{}, fmt.Errorf("no %q: give every document one of its own, or name the key that has it", id[0])
	}
	if f != (Fields{}) && d.Text() == "" { // a mistyped name would leave all documents empty, and nobody would know
		return index.Document{}, fmt.Errorf("neither %s nor %s has text: name the keys that have it", quoted(title), quoted(text))
	}
	for name := range used {
		delete(keys, name)
	}
	if len(keys) > 0 {
		d.Fields = keys
	}
	return d, nil
}

// textOf is the text of a JSON value that can be taken for one.
func textOf(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case nil:
		return "", nil
	}
	return "", errors.New("not a string")
}

// quoted lists names for people.
func quoted(names []string) string {
	var list []string
	for _, name := range names {
		list = append(list, fmt.Sprintf("%q", name))
	}
	return strings.Join(list, " or ")
}
