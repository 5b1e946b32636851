package query

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Bound is an end of a range: a number, a date, or else a text.
type Bound struct {
	Value     string // as typed
	Exclusive bool   // Value itself, with a date all of its span, lies outside
}

// Number is the bound as a number, if it is written as one: -12.5, 1e6.
func (b Bound) Number() (float64, bool) { return number(b.Value) }

// Time is the bound as a date, if it is written as one: the span [from, to) that it names. "2024" is a year, "2024-05" a
// month, "2024-05-01" a day; "2024-05-01T10:00", and with seconds, a minute or a second, after which a zone may follow, as
// in RFC 3339; with a fraction of a second, a nanosecond. Without a zone it is UTC. A space may stand for the T.
func (b Bound) Time() (from, to time.Time, ok bool) { return span(b.Value) }

// compare says where a value lies: before the bound (negative), at it or in its span (0), or after it. It is not ok if
// the two do not compare.
func (b Bound) compare(value string) (order int, ok bool) {
	bound, boundIsNumber := b.Number()
	from, to, boundIsDate := b.Time()
	if !boundIsNumber && !boundIsDate {
		return strings.Compare(strings.ToLower(value), strings.ToLower(b.Value)), true
	}
	if v, ok := number(value); ok && boundIsNumber {
		return cmp.Compare(v, bound), true
	}
	at, _, valueIsDate := span(value)
	switch {
	case !valueIsDate || !boundIsDate:
		return 0, false
	case at.Before(from):
		return -1, true
	case at.Before(to):
		return 0, true
	}
	return 1, true
}

// number reads a plain decimal number: not hexadecimal, not infinite, no "nan".
func number(text string) (float64, bool) {
	if text == "" || strings.Trim(text, "+-.0123456789eE") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && !math.IsInf(n, 0)
}

// dates are the ways to write a date, by length where that tells them apart, and how long each one lasts.
var dates = [...]struct {
	layout       string
	months, days int
	rest         time.Duration
}{
	{layout: "2006", months: 12},
	{layout: "2006-01", months: 1},
	{layout: "2006-01-02", days: 1},
	{layout: "2006-01-02T15:04", rest: time.Minute},
	{layout: "2006-01-02T15:04Z07:00", rest: time.Minute},
	{layout: "2006-01-02T15:04:05", rest: time.Second},
	{layout: "2006-01-02T15:04:05Z07:00", rest: time.Second},
}

// span reads a date as the time that it names; see [Bound.Time].
func span(text string) (from, to time.Time, ok bool) {
	const day = len("2006-01-02")
	if len(text) < len("2006") || strings.Trim(text[:4], "0123456789") != "" {
		return from, to, false // as most values, which are no dates, more quickly than time.Parse says so
	}
	if len(text) > day && text[day] == ' ' {
		text = text[:day] + "T" + text[day+1:]
	}
	for _, d := range dates {
		if (len(text) > day) != (d.rest > 0) {
			continue
		}
		from, err := time.Parse(d.layout, text)
		if err != nil {
			continue
		}
		if strings.ContainsAny(text, ".,") {
			d.rest = time.Nanosecond
		}
		return from, from.AddDate(0, d.months, d.days).Add(d.rest), true
	}
	return from, to, false
}
