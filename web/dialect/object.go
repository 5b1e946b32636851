package dialect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// mostEntries is how many entries of a list are looked at, and mostKeys how many keys of an object: more than any form has.
// A body of 16 MiB can hold millions of empty ones.
const (
	mostEntries = 10_000
	mostKeys    = 1000
)

// An object is a JSON object of which values are taken by key. What is null counts as absent, as clients send it for what
// their callers left out, and keys that nobody asks for are ignored, since clients send more than any server knows. The
// first value that is not what it should be is kept as the error, and what follows is read as absent.
type object struct {
	values map[string]json.RawMessage
	within string // name in front of keys in errors: "input."
	err    *error // shared with the objects inside
}

// parse reads a body that must be one JSON object, whose keys stand there once. Two of a name would be read one way here and
// the other way by whatever looked at the body before.
func parse(body []byte) (*object, error) {
	if !utf8.Valid(body) { // which package json would replace silently, and a model then read something else
		return nil, invalid("the body is not valid UTF-8: encode it as UTF-8")
	}
	var whole json.RawMessage
	err := json.Unmarshal(body, &whole)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return nil, invalid("the body is not JSON: at byte %d: %w", syntax.Offset, err)
	} else if err != nil {
		return nil, invalid("the body is not JSON: %w", err)
	}
	o := &object{err: new(error)}
	o.fill("the body", bytes.TrimLeft(whole, " \t\r\n"))
	return o, o.error()
}

func (o *object) error() error { return *o.err }

// fail keeps the first error.
func (o *object) fail(format string, args ...any) {
	if *o.err == nil {
		*o.err = invalid(format, args...)
	}
}

// fill reads the keys of an object, called name in errors. Its JSON is known to be sound.
func (o *object) fill(name string, data []byte) {
	o.values = map[string]json.RawMessage{}
	if kind(data) != "an object" {
		o.fail("%s is %s: give an object", name, kind(data))
		return
	}
	d := json.NewDecoder(bytes.NewReader(data))
	for _, err := d.Token(); err == nil && d.More(); {
		var key json.Token
		var value json.RawMessage
		if key, err = d.Token(); err == nil {
			err = d.Decode(&value)
		}
		if err != nil {
			o.fail("%s cannot be read: %w", name, err)
			return
		}
		if len(o.values) == mostKeys {
			o.fail("%s has more than %d keys: leave out those that are not needed", name, mostKeys)
			return
		}
		k, _ := key.(string)
		if _, twice := o.values[k]; twice {
			o.fail("%s has the key %.40q twice: give it once", name, k)
			return
		}
		o.values[k] = value
	}
}

// kind says what a JSON value is, with its article.
func kind(data []byte) string {
	if len(data) == 0 {
		return "nothing"
	}
	switch data[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// get returns the value of the first of keys that is there, under its name for errors, or nil.
func (o *object) get(keys ...string) (value json.RawMessage, name string) {
	for _, key := range keys {
		if v, ok := o.values[key]; ok && kind(v) != "null" {
			return v, o.within + key
		}
	}
	return nil, ""
}

func (o *object) has(key string) bool {
	v, _ := o.get(key)
	return v != nil
}

// is tells whether there is a value of that kind.
func (o *object) is(key, what string) bool {
	v, _ := o.get(key)
	return v != nil && kind(v) == what
}

// object returns the object of a key; an empty one where it is absent.
func (o *object) object(key string) *object {
	in := &object{within: o.within + key + ".", err: o.err}
	if v, name := o.get(key); v != nil {
		in.fill(name, v)
	}
	return in
}

// text returns a string, "" where it is absent. Of several keys the first that is there counts, and all must be sound.
func (o *object) text(keys ...string) string {
	return first(o, keys, o.str)
}

// first reads the values of all keys and returns that of the first key that is there.
func first[T any](o *object, keys []string, read func(name string, v json.RawMessage) T) (value T) {
	found := false
	for _, key := range keys {
		v, name := o.get(key)
		if v == nil {
			continue
		}
		if one := read(name, v); !found {
			value, found = one, true
		}
	}
	return value
}

func (o *object) str(name string, v json.RawMessage) (s string) {
	if kind(v) != "a string" {
		o.fail("%s is %s: give a string", name, kind(v))
		return ""
	}
	if err := json.Unmarshal(v, &s); err != nil { // half of a surrogate pair becomes U+FFFD, as it does in any decoder
		o.fail("%s cannot be read: %w", name, err)
	}
	return s
}

// flag returns a boolean, which may come as a string, as some clients send it.
func (o *object) flag(key string, otherwise bool) bool {
	v, name := o.get(key)
	if v == nil {
		return otherwise
	}
	switch strings.ToLower(strings.Trim(string(v), `"`)) {
	case "true":
		return true
	case "false":
		return false
	}
	o.fail("%s is %.40s: give true or false", name, v)
	return otherwise
}

// count returns a number of things, 0 where it is absent. What no list can have is as much as all.
func (o *object) count(keys ...string) int {
	return first(o, keys, o.number)
}

func (o *object) number(name string, v json.RawMessage) int {
	if kind(v) != "a number" {
		o.fail("%s is %s: give a whole number", name, kind(v))
		return 0
	}
	n, err := strconv.ParseFloat(string(v), 64)
	switch {
	case err != nil || n != math.Trunc(n):
		o.fail("%s is %.40s: give a whole number", name, v)
		return 0
	case n < 0:
		o.fail("%s is %.40s: give a positive number, or 0 for all", name, v)
		return 0
	}
	return int(min(n, math.MaxInt32))
}

// content returns a text that may also come as an object that has it.
func (o *object) content(key string) string {
	v, name := o.get(key)
	if v == nil {
		return ""
	}
	return o.entry(name, v, nil)
}

// contents returns a list of such texts. Where fields are named, those of an object make its text, a line each.
func (o *object) contents(key string, fields ...string) []string {
	v, name := o.get(key)
	if v == nil {
		return nil
	}
	if kind(v) != "a list" {
		o.fail("%s is %s: give a list of strings", name, kind(v))
		return nil
	}
	texts := []string{}
	d := json.NewDecoder(bytes.NewReader(v))
	for _, err := d.Token(); err == nil && d.More() && o.error() == nil; {
		if len(texts) == mostEntries {
			o.fail("%s has more than %d entries: give less in one request", name, mostEntries)
			return nil
		}
		var one json.RawMessage
		if err = d.Decode(&one); err != nil {
			o.fail("%s cannot be read: %w", name, err)
			return nil
		}
		texts = append(texts, o.entry(fmt.Sprintf("%s[%d]", name, len(texts)), one, fields))
	}
	return texts
}

// oneOrMore returns a list of texts, of which one may also stand alone.
func (o *object) oneOrMore(keys ...string) []string {
	for _, key := range keys {
		if o.is(key, "a list") {
			return o.contents(key)
		}
		if o.has(key) {
			return []string{o.content(key)}
		}
	}
	return nil
}

func (o *object) entry(name string, v json.RawMessage, fields []string) string {
	if kind(v) != "an object" {
		return o.str(name, v)
	}
	in := &object{within: name + ".", err: o.err}
	in.fill(name, v)
	if len(fields) == 0 {
		if !in.has("text") && o.error() == nil {
			o.fail("%s is an object without text: give a string, or an object with a key text", name)
		}
		return in.text("text")
	}
	var lines []string
	for _, f := range fields {
		if v, _ := in.get(f); in.is(f, "a string") {
			lines = append(lines, f+": "+in.text(f))
		} else if v != nil {
			lines = append(lines, f+": "+string(v)) // a price, a list of tags: its JSON says it as well
		}
	}
	return strings.Join(lines, "\n")
}
