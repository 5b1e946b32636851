package main

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/pipeline/eval"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/retrieve"
)

// with is an evaluation with the settings of one system, "model=tiny,blend=0.3", and the defaults of `quern eval` for the
// others. The text of instruct may have commas: what follows one and is no setting belongs to it.
func (c evalCommand) with(settings string) (evalCommand, error) {
	c.model, c.window, c.k1, c.b, c.title, c.overlap = modelTiny, eval.DefaultWindow, retrieve.DefaultK1, retrieve.DefaultB, 1, index.DefaultPassageOverlap
	set := map[string]func(string) error{
		"model":       text(&c.model),
		"instruct":    text(&c.instruct),
		"window":      number(&c.window, strconv.Atoi),
		"passages":    number(&c.passages, strconv.Atoi),
		"overlap":     number(&c.overlap, strconv.Atoi),
		"blend":       number(&c.blend, fraction),
		"k1":          number(&c.k1, fraction),
		"b":           number(&c.b, fraction),
		"title-boost": number(&c.title, fraction),
		"min-score":   number(&c.minScore, fraction),
	}
	var last string // the setting that text without a name goes on with
	for part := range strings.SplitSeq(settings, ",") {
		name, value, named := strings.Cut(part, "=")
		put := set[strings.TrimSpace(name)]
		switch {
		case named && put != nil:
			last = strings.TrimSpace(name)
		case last == "instruct":
			value, put = c.instruct+","+part, set[last]
		case !named:
			return c, usagef("--system %q: there is no such file with a run, and no setting %q: give NAME=VALUE", settings, part)
		default:
			return c, usagef("--system %q: there is no setting %q: give model, blend, window, min-score, instruct, k1, b, title-boost, passages or overlap", settings, name)
		}
		if err := put(value); err != nil {
			return c, usagef("--system %q: %s is %q: give a number", settings, last, value)
		}
	}
	if err := c.checkSystem(); err != nil {
		return c, usagef("--system %q: %w", settings, err)
	}
	return c, nil
}

func text(to *string) func(string) error {
	return func(value string) error {
		*to = value
		return nil
	}
}

func number[N any](to *N, read func(string) (N, error)) func(string) error {
	return func(value string) (err error) {
		*to, err = read(strings.TrimSpace(value))
		return err
	}
}

func fraction(s string) (float64, error) { return strconv.ParseFloat(s, 64) }

// checkSystem refuses settings that cannot be, wherever they came from.
func (c evalCommand) checkSystem() error {
	if c.passages < 0 || c.overlap < 0 {
		return usagef("--passages or --overlap is below 0: give a number of tokens, or leave --passages out for whole documents")
	}
	if _, err := retrieve.New(nil, c.bm25()); err != nil {
		return usageError{err}
	}
	if err := inRange("blend", c.blend, 0, 1); err != nil {
		return err
	}
	if err := inRange("min-score", c.minScore, 0, 1); err != nil {
		return err
	}
	return inRange("window", c.window, 1, pipeline.MaxCandidates)
}

// checkMetrics refuses names that no metric has.
func checkMetrics(names []string) error {
	for _, name := range names {
		if _, err := eval.ParseMetric(name); err != nil {
			return usageError{err}
		}
	}
	return nil
}

// system is the one ranking that is compared: the model's blend, or BM25 where there is no model.
func (c evalCommand) system(name string, scorer rerank.Scorer) eval.System {
	s := eval.System{Name: name}
	if scorer != nil {
		s.MinScore = c.minScore
		s.Blend = cmp.Or(c.blend, scorer.Model().Blend, 1)
	}
	return s
}
