package main

import (
	"github.com/spf13/pflag"

	"github.com/quern-search/quern/retrieve/query"
)

// offerFlags say what the page offers besides a box for words.
type offerFlags struct {
	facets []string
	sorts  []string
}

func (f *offerFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.facets, "facet", nil, "let people filter by the values of `FIELD`, with the counts beside them; may be repeated")
	flags.StringArrayVar(&f.sorts, "sort", nil, "let people order by `FIELD`, or -FIELD for falling order; may be repeated")
}

func (f offerFlags) check() error {
	for _, field := range f.facets {
		if !query.IsName(field) {
			return usagef("--facet is %q: give the name of a field", field)
		}
	}
	for _, text := range f.sorts {
		if !query.IsOrder(text) {
			return usagef("--sort is %q: give the name of a field, with a minus in front for falling order", text)
		}
	}
	return nil
}
