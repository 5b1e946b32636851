package main

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// settings are what follows a model's name: NAME#key=value&key=value. A "#" never reaches a server, so there it can
// stand for nothing else. They keep the first error.
type settings struct {
	name   string // whose they are
	values url.Values
	err    error
}

// cutSettings splits a model's name from its settings, of which these are known.
func cutSettings(name string, known ...string) (string, *settings) {
	base, text, found := strings.Cut(name, "#")
	s := &settings{name: name}
	var err error
	if s.values, err = url.ParseQuery(text); err != nil || found && text == "" {
		s.err = usagef("model %q: what follows # are settings: give key=value, joined with &", name)
	}
	for key := range s.values {
		if !slices.Contains(known, key) && s.err == nil {
			s.err = usagef("model %q: there is no setting %q: give %s", name, key, strings.Join(known, ", "))
		}
	}
	return base, s
}

func (s *settings) text(key string) string { return s.values.Get(key) }

// number is a whole number above 0, or 0 where there is none.
func (s *settings) number(key string) int {
	text := s.text(key)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if (err != nil || n <= 0) && s.err == nil {
		s.err = usagef("model %q: %s is %q: give a whole number above 0", s.name, key, text)
	}
	return n
}

// duration is a time, or 0 where there is none.
func (s *settings) duration(key string) time.Duration {
	text := s.text(key)
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if (err != nil || d <= 0) && s.err == nil {
		s.err = usagef("model %q: %s is %q: give a time such as 500ms, 15s or 30m", s.name, key, text)
	}
	return d
}

// forever is a duration that may be without end, as Ollama writes that: -1.
func (s *settings) forever(key string) time.Duration {
	if s.text(key) == "-1" {
		return -1
	}
	return s.duration(key)
}
