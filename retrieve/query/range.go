package query

import (
	"errors"
	"fmt"
	"strings"
)

var (
	errNoEnds = errors.New("a range needs a number, a date or a text: write 10..20, 10.., ..20, or >=10")
	errMixed  = errors.New("the ends of the range are not of one kind: give two numbers, two dates or two texts")
)

// readRange reads a value that is a range, and tells whether it is one.
func (f *Filter) readRange(value string) (ok bool, err error) {
	low, high, dots := strings.Cut(value, "..")
	switch {
	case dots:
	case strings.HasPrefix(value, ">"):
		low = value
	case strings.HasPrefix(value, "<"):
		low, high = "", value
	default:
		return false, nil
	}
	var minOK, maxOK bool
	f.Min, minOK = bound(low, ">")
	f.Max, maxOK = bound(high, "<")
	if !minOK || !maxOK || f.Min == nil && f.Max == nil {
		return true, errNoEnds
	}
	return true, f.checkRange()
}

// bound reads an end of a range, in front of which may stand the sign that excludes it, or with "=" does not. Nothing at
// all is nil, an open end; it is not ok if nothing comes after a sign.
func bound(text, sign string) (b *Bound, ok bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, true
	}
	value, exclusive := strings.CutPrefix(text, sign)
	if inclusive, ok := strings.CutPrefix(value, "="); ok && exclusive {
		value, exclusive = inclusive, false
	}
	value = strings.TrimSpace(value)
	return &Bound{Value: value, Exclusive: exclusive}, value != ""
}

// checkRange says what is wrong with a range.
func (f *Filter) checkRange() error {
	if f.Min == nil || f.Max == nil {
		return nil
	}
	order, ok := f.Max.compare(f.Min.Value)
	switch {
	case !ok || f.Min.isText() != f.Max.isText():
		return errMixed
	case order > 0:
		return fmt.Errorf("the range ends before it begins: write %s..%s", f.Max.Value, f.Min.Value)
	}
	return nil
}

// isText tells whether the bound is neither a number nor a date.
func (b Bound) isText() bool {
	_, isNumber := b.Number()
	_, _, isDate := b.Time()
	return !isNumber && !isDate
}

// ofText tells whether the filter is a range of texts.
func (f Filter) ofText() bool {
	return f.Min != nil && f.Min.isText() || f.Max != nil && f.Max.isText()
}

// ofTitles tells whether the filter is a range of titles.
func (f Filter) ofTitles() bool {
	return (f.Min != nil || f.Max != nil) && strings.EqualFold(f.Field, titleField)
}

// rangeString writes a range as readRange reads it.
func (f Filter) rangeString() string {
	write := func(b *Bound, sign, equal string) string {
		switch {
		case b == nil:
			return ""
		case b.Exclusive:
			return sign + b.Value
		}
		return equal + b.Value
	}
	switch {
	case f.Max == nil:
		return write(f.Min, ">", ">=")
	case f.Min == nil:
		return write(f.Max, "<", "<=")
	}
	return write(f.Min, ">", "") + ".." + write(f.Max, "<", "")
}
