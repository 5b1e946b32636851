package corpus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"gopkg.in/yaml.v3"
)

// frontMatter takes what stands before the text of a page: YAML between lines of "---", or TOML between lines of "+++".
func frontMatter(text []byte) (keys map[string]any, rest []byte, err error) {
	keys = map[string]any{}
	if front, rest, ok := cutFront(text, "---"); ok {
		return keys, rest, yamlError(yaml.Unmarshal(front, &keys))
	}
	if front, rest, ok := cutFront(text, "+++"); ok {
		return keys, rest, tomlError(toml.Unmarshal(front, &keys))
	}
	return keys, text, nil
}

// cutFront cuts off what stands between a first line of marks and the next. Without that next it was a rule.
func cutFront(text []byte, marks string) (front, rest []byte, ok bool) {
	after, ok := bytes.CutPrefix(text, []byte(marks+"\n"))
	if !ok {
		return nil, text, false
	}
	at := 0
	for line := range bytes.Lines(after) {
		if string(bytes.TrimRight(line, " \t\n")) == marks {
			return after[:at], after[at+len(line):], true
		}
		at += len(line)
	}
	return nil, text, false
}

// An atLine is what is wrong at a line of a file that is one document.
type atLine struct {
	line int
	error
}

// yamlError finds the line in an error's text, where YAML has it, and counts the marks as a line too.
func yamlError(err error) error {
	if err == nil {
		return nil
	}
	text, line := strings.TrimPrefix(err.Error(), "yaml: "), 0
	if _, none := fmt.Sscanf(text, "line %d:", &line); none != nil {
		return atLine{1, fmt.Errorf("front matter: %s", text)}
	}
	_, why, _ := strings.Cut(text, ": ")
	return atLine{line + 1, fmt.Errorf("front matter: %s", why)}
}

func tomlError(err error) error {
	line := 0
	if at := (*toml.DecodeError)(nil); errors.As(err, &at) {
		line, _ = at.Position()
	}
	if err == nil {
		return nil
	}
	return atLine{line + 1, fmt.Errorf("front matter: %w", err)}
}

// takeText takes a scalar out of the front matter.
func takeText(keys map[string]any, name string) string {
	value, ok := keys[name]
	if !ok || value == nil {
		return ""
	}
	switch v := jsonValue(value).(type) {
	case string:
		delete(keys, name)
		return v
	case json.Number:
		delete(keys, name)
		return v.String()
	}
	return "" // a list or a map: it stays among the Fields
}

// jsonValue turns what YAML and TOML know into what JSON knows: dates and odd numbers become text, keys strings.
func jsonValue(value any) any {
	switch v := value.(type) {
	case nil, bool, string:
		return v
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly)
		}
		return v.Format(time.RFC3339Nano)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
		return json.Number(strconv.FormatFloat(v, 'g', -1, 64))
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = jsonValue(e)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = jsonValue(e)
		}
		return m
	case map[any]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[fmt.Sprint(k)] = jsonValue(e)
		}
		return m
	case int, int64, uint64:
		return json.Number(fmt.Sprint(v))
	}
	return fmt.Sprint(value) // a date of TOML, as it stands there
}
