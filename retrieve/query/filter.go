package query

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Filter is a condition on the values of one field of a document. All that it has must hold of the same value; with
// nothing but a field, any value will do.
type Filter struct {
	Field    string
	Values   []string // the value is one of these, upper or lower case
	Prefix   string   // the value begins so, upper or lower case
	Min, Max *Bound   // the value lies between these; nil is open
}

// IsName tells whether a filter can be about a field of that name.
func IsName(field string) bool {
	f, err := ParseFilter(field + ":*")
	return err == nil && f.Field == field
}

// ParseFilter reads a filter that a program asks for: field:value, the value in one of these forms.
//
//	billing                  this value, upper or lower case
//	billing|refunds          one of these
//	"10..20|a*"              this value: nothing in quotes has a meaning, but \" is a quote and \\ a backslash
//	bill*                    a value that begins so
//	*                        any value: the document has the field
//	>=10, >10, <20, <=20     a number, date or text from or up to there; see [Bound]
//	10..20, 10.., ..20       both, with the ends; 10..<20 and >10..20 without one of them
//
// White space around a value does not count. The error says what is wrong and how to write it.
func ParseFilter(text string) (Filter, error) {
	if !utf8.ValidString(text) {
		return Filter{}, fmt.Errorf("query: filter %q: not valid UTF-8", text)
	}
	name, value, ok := strings.Cut(text, ":")
	f := Filter{Field: strings.TrimSpace(name)}
	if !ok || f.Field == "" {
		return Filter{}, fmt.Errorf("query: filter %q: no field: write field:value, as in topic:billing", text)
	}
	err := f.parse(strings.TrimSpace(value))
	if err == nil && f.ofTitles() {
		err = errTitles
	}
	if err != nil {
		return Filter{}, fmt.Errorf("query: filter %q: %w", text, err)
	}
	return f, nil
}

var (
	errNoValue = errors.New(`no value: write field:value, field:"" for the empty value, or field:* for any`)
	errOneOf   = errors.New(`no range and no prefix can stand beside "|": put it in quotes if it is a value`)
	errStar    = errors.New(`a star means something only at the end: put the value in quotes if the star is part of it`)
	errTitles  = errors.New(`titles have words and no order: write title:word, or title:"some words"`)
	errQuote   = errors.New(`the quote does not end the value: write "a value", or "one value"|"another"`)
)

// parse reads values separated by "|", or what stands alone.
func (f *Filter) parse(text string) error {
	for first := true; ; first = false {
		value, rest, quoted, err := cutValue(text)
		one := Filter{Field: f.Field, Values: []string{value}}
		if err == nil && !quoted {
			one.Values = nil
			err = one.read(value)
		}
		alone := first && rest == ""
		switch {
		case err != nil:
			return err
		case len(one.Values) == 0 && !alone:
			return errOneOf
		case alone:
			*f = one
			return nil
		}
		f.Values = append(f.Values, value)
		if rest == "" {
			return nil
		}
		text = strings.TrimSpace(rest[1:])
	}
}

// cutValue takes the first of several values off text. rest is what remains, with the "|" in front.
func cutValue(text string) (value, rest string, quoted bool, err error) {
	if !strings.HasPrefix(text, `"`) {
		i := strings.IndexByte(text, '|')
		if i < 0 {
			i = len(text)
		}
		return strings.TrimSpace(text[:i]), text[i:], false, nil
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '"':
			rest = strings.TrimSpace(text[i+1:])
			if rest != "" && rest[0] != '|' {
				return "", "", true, errQuote
			}
			return b.String(), rest, true, nil
		case text[i] == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
		}
		b.WriteByte(text[i])
	}
	return "", "", true, errQuote
}

// read reads a value without quotes: a range, a prefix, any, or the value itself.
func (f *Filter) read(value string) error {
	isRange, err := f.readRange(value)
	prefix, star := strings.CutSuffix(value, "*")
	switch {
	case value == "":
		return errNoValue
	case strings.Contains(prefix, "*") || isRange && star:
		return errStar
	case isRange:
		return err
	case star:
		f.Prefix = prefix
	default:
		f.Values = []string{value}
	}
	return nil
}

// String writes the filter as [ParseFilter] reads it, in one way. A filter not from there may have more conditions than
// can be written; values come first, then a range.
func (f Filter) String() string {
	switch {
	case len(f.Values) > 0:
		values := make([]string, len(f.Values))
		for i, v := range f.Values {
			values[i] = quoteValue(v)
		}
		return f.Field + ":" + strings.Join(values, "|")
	case f.Min != nil || f.Max != nil:
		return f.Field + ":" + f.rangeString()
	}
	return f.Field + ":" + f.Prefix + "*"
}

// quoteValue puts a value in quotes if it needs them.
func quoteValue(value string) string {
	f := Filter{}
	isValue := f.read(value) == nil && len(f.Values) > 0
	if isValue && value[0] != '"' && !strings.Contains(value, "|") && strings.TrimSpace(value) == value {
		return value
	}
	return `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(value) + `"`
}
