package main

import (
	"github.com/spf13/pflag"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/retrieve/query"
)

// selectFlags say which documents a search is about, besides its words.
type selectFlags struct {
	filters []string
	facets  []string
	sort    string
	offset  int
}

func (f *selectFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.filters, "filter", nil, "find only documents with `FIELD:VALUE`, or a range: price:10..20, updated:>=2024-05; repeat it for more conditions")
	flags.StringArrayVar(&f.facets, "facet", nil, "count the values of `FIELD` over all documents that match; may be repeated")
	flags.StringVar(&f.sort, "sort", "", "order by `FIELD`, or -FIELD for falling order, and not by relevance")
	flags.IntVar(&f.offset, "offset", 0, "leave out the first `N` hits")
}

// query is what the flags ask for.
func (f selectFlags) query() (q pipeline.Query, err error) {
	for _, text := range f.filters {
		filter, err := query.ParseFilter(text)
		if err != nil {
			return q, usagef("--filter: %w", err)
		}
		q.Filters = append(q.Filters, filter)
	}
	for _, field := range f.facets {
		q.Facets = append(q.Facets, retrieve.Facet{Field: field})
	}
	if q.Sort, err = query.ParseSort(f.sort); err != nil {
		return q, usagef("--sort: %w", err)
	}
	q.Offset = f.offset
	return q, inRange("offset", f.offset, 0, pipeline.MaxCandidates)
}
