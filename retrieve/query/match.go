package query

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Match tells whether the filter's conditions hold of a value in its text form. A field with several values matches if
// one of them does.
//
// Values and prefixes compare as text without regard to case, also where they look like numbers: 007 is not 7, and 12.50
// not 12.5, since what looks like a number may be a name. Who means the number asks for the range 12.5..12.5. A year, month
// or day matches the dates within it too. In ranges
// the value decides: a number compares with bounds that are numbers, a date with those that are dates, so that 2024 as a
// bound is a number to prices and a year to dates; bounds that are neither compare as text with any value. A value that a
// bound does not compare with does not match. Dates compare as instants; a value such as 2024-05 is when it begins.
func (f Filter) Match(value string) bool { return f.Matcher()(value) }

// Matcher is Match for many values: it looks at the filter's own only once, however many there are.
func (f Filter) Matcher() func(value string) bool {
	oneOf := f.oneOf()
	return func(value string) bool {
		return oneOf(value) && hasPrefix(value, f.Prefix) && f.inRange(value)
	}
}

// A dateSpan is the time that a year, month or day is, without its end.
type dateSpan struct{ from, to time.Time }

// oneOf tells of a value whether it is among those of the filter.
func (f Filter) oneOf() func(value string) bool {
	if len(f.Values) == 0 {
		return func(string) bool { return true }
	}
	texts := map[string]bool{}
	var dates []dateSpan
	for _, v := range f.Values {
		texts[fold(v)] = true
		if from, to, ok := span(v); ok {
			dates = append(dates, dateSpan{from, to})
		}
	}
	return func(value string) bool { return texts[fold(value)] || len(dates) > 0 && within(dates, value) }
}

// within tells whether value is a date, and the whole of it within one of several: a day of a year, say.
func within(dates []dateSpan, value string) bool {
	if _, isNumber := number(value); isNumber {
		return false
	}
	from, to, ok := span(value)
	return ok && slices.ContainsFunc(dates, func(d dateSpan) bool { return !from.Before(d.from) && !to.After(d.to) })
}

// fold makes one of all texts that strings.EqualFold holds to be equal.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf { // as most are, at once
			return unicode.ToUpper(r)
		}
		least := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			least = min(least, other)
		}
		return least
	}, text)
}

func (f Filter) inRange(value string) bool {
	if f.Min != nil {
		if order, ok := f.Min.compare(value); !ok || order < 0 || order == 0 && f.Min.Exclusive {
			return false
		}
	}
	if f.Max != nil {
		if order, ok := f.Max.compare(value); !ok || order > 0 || order == 0 && f.Max.Exclusive {
			return false
		}
	}
	return true
}

// hasPrefix is strings.HasPrefix without regard to case, by which letters may differ in their number of bytes.
func hasPrefix(value, prefix string) bool {
	end := 0
	for range prefix {
		if end == len(value) {
			return false
		}
		_, size := utf8.DecodeRuneInString(value[end:])
		end += size
	}
	return strings.EqualFold(value[:end], prefix)
}
