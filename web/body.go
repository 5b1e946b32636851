package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"os"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

// readBody returns the request's body, of at most limit bytes, which must be declared as JSON. That is asked for
// strictly, so that a page elsewhere cannot make a visitor's browser put this server to work: a browser sends
// other types to strangers unasked, but not this one. Nothing is unpacked: a few kilobytes could hold gigabytes.
func readBody(c echo.Context, limit int64) ([]byte, error) {
	header := c.Request().Header.Get(echo.HeaderContentType)
	if media, _, err := mime.ParseMediaType(header); err != nil || media != echo.MIMEApplicationJSON {
		return nil, fmt.Errorf("%w: the Content-Type is %q: send the body as JSON, with Content-Type: application/json", errMediaType, header)
	}
	if encoding := c.Request().Header.Get(echo.HeaderContentEncoding); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, fmt.Errorf("%w: the Content-Encoding is %.40q: send the body as it is, not compressed", errMediaType, encoding)
	}
	body, err := io.ReadAll(io.LimitReader(c.Request().Body, limit+1))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, fmt.Errorf("%w: the body did not come within %v: send less, or over a faster line", errSlow, readTimeout)
	case err != nil:
		return nil, invalid("the body ended early: %w", err)
	case int64(len(body)) > limit:
		_, _ = io.CopyN(io.Discard, c.Request().Body, maxDrain)
		return nil, fmt.Errorf("%w: the body has more than %d bytes: send less, or in several requests", errTooLarge, limit)
	}
	return body, nil
}

// maxDrain is how much of a body is let run past, in bytes, once it is too large. Most clients listen for the answer only
// when they have sent all, and would find the connection cut in place of an error that they can read.
const maxDrain = 256 << 20

// parseJSON reads one JSON value into v. Unknown keys are ignored, as clients send more than any server knows.
func parseJSON(body []byte, v any) error {
	if !utf8.Valid(body) { // which package json would replace silently, and a model then read something else
		return invalid("the body is not valid UTF-8: encode it as UTF-8")
	}
	err := json.Unmarshal(body, v)
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return invalid("the body is not JSON: at byte %d: %w", syntax.Offset, err)
	case errors.As(err, &mismatch) && mismatch.Field == "":
		return invalid("the body is a JSON %s: send an object", mismatch.Value)
	case errors.As(err, &mismatch) && mismatch.Type == reflect.TypeFor[whole]():
		return invalid("%s has a %s: give %s", mismatch.Field, mismatch.Value, want(mismatch.Type.Kind()))
	case errors.As(err, &mismatch):
		return invalid("%s has a %s at byte %d: give %s", mismatch.Field, mismatch.Value, mismatch.Offset, want(mismatch.Type.Kind()))
	}
	return invalid("%w", err)
}

// A whole is a whole number, however JSON spells it: to JSON and to JavaScript, 20, 20.0 and 2e1 are one number.
type whole int

// maxWhole is up to where a float64 holds every whole number.
const maxWhole = 1 << 53

// UnmarshalJSON implements [json.Unmarshaler].
func (w *whole) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	f, err := strconv.ParseFloat(string(data), 64)
	if err == nil && f == math.Trunc(f) && math.Abs(f) <= maxWhole {
		*w = whole(f)
		return nil
	}
	kind := "number " + string(data)
	switch data[0] {
	case '"':
		kind = "string"
	case '{':
		kind = "object"
	case '[':
		kind = "array"
	case 't', 'f':
		kind = "bool"
	}
	return &json.UnmarshalTypeError{Value: kind, Type: reflect.TypeFor[whole]()} // package json adds the field's name
}

// want says in words what a field of a kind takes.
func want(k reflect.Kind) string {
	switch k {
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list"
	case reflect.Map:
		return "an object"
	}
	return "text in quotes"
}

// writeJSON answers with v, on one line. Its HTML is left as it is, to be read: the content type keeps browsers from
// taking it for a page.
func writeJSON(c echo.Context, status int, v any) error {
	c.Response().Header().Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
	data, err := marshal(v)
	if err != nil {
		return err
	}
	c.Response().WriteHeader(status)
	_, err = c.Response().Write(data)
	return err
}
