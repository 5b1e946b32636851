package query

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
)

var (
	errNoEnds = errors.New("a range needs a number, a date or a text: write 10..20, 10.., ..20, or >=10")
	errEnd    = errors.New(`an end of a range cannot begin with <, >, = or a quote, nor have ".." in it: write 10..20, >10..<20, or >=10`)
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
	var errMin, errMax error
	f.Min, errMin = bound(low, ">")
	f.Max, errMax = bound(high, "<")
	switch err := cmp.Or(errMin, errMax); {
	case err != nil:
		return true, err
	case f.Min == nil && f.Max == nil:
		return true, errNoEnds
	}
	return true, f.checkRange()
}

// bound reads an end of a range, in front of which may stand the sign that excludes it, or with "=" does not. Nothing at
// all is nil, an open end. What could be taken for a sign, a quote or the dots once the range is written again is refused.
func bound(text, sign string) (*Bound, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	value, exclusive := strings.CutPrefix(text, sign)
	if inclusive, ok := strings.CutPrefix(value, "="); ok && exclusive {
		value, exclusive = inclusive, false
	}
	value = strings.TrimSpace(value)
	switch {
	case value == "":
		return nil, errNoEnds
	case strings.ContainsRune(`<>="`, rune(value[0])), strings.Contains(value, ".."):
		return nil, errEnd
	}
	return &Bound{Value: value, Exclusive: exclusive}, nil
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
	dots := ".."
	if strings.HasSuffix(f.Min.Value, ".") {
		dots = " .." // the first two of three dots would be taken
	}
	return write(f.Min, ">", "") + dots + write(f.Max, "<", "")
}
