package query

import (
	"strings"
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
func (f Filter) Match(value string) bool {
	return f.oneOf(value) && hasPrefix(value, f.Prefix) && f.inRange(value)
}

func (f Filter) oneOf(value string) bool {
	for _, v := range f.Values {
		if strings.EqualFold(v, value) || dateWithin(v, value) {
			return true
		}
	}
	return len(f.Values) == 0
}

// dateWithin tells whether value is a date, and the whole of it within wanted: a day of that year, say.
func dateWithin(wanted, value string) bool {
	from, to, ok := span(wanted)
	if _, isNumber := number(value); !ok || isNumber {
		return false
	}
	valueFrom, valueTo, ok := span(value)
	return ok && !valueFrom.Before(from) && !valueTo.After(to)
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
