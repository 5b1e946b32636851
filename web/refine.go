package web

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/retrieve/query"
)

// An address is that of the search page: the parameters of a search. A link on the page is the same search with one
// thing changed.
type address url.Values

// addressOf leaves out what a form sends for its empty fields, and the offset: a search that has changed begins at its
// first page.
func addressOf(sent url.Values) address {
	a := address{}
	for name, values := range sent {
		if values = given(values); len(values) > 0 && name != "offset" {
			a[name] = values
		}
	}
	return a
}

// with is the address with other values of one parameter, or without it.
func (a address) with(name string, values ...string) string {
	changed := maps.Clone(url.Values(a))
	if delete(changed, name); len(values) > 0 {
		changed[name] = values
	}
	return (&url.URL{Path: "/", RawQuery: changed.Encode()}).String()
}

// A linkView is a choice among several: a filter or an order. The link of one that is on turns it off.
type linkView struct {
	Text  string
	Count int // documents that have it; 0: not counted
	On    bool
	Link  string
}

// A facetView is a field by whose values the hits can be filtered.
type facetView struct {
	Name   string
	Values []linkView
	Others int    // values that are not among these
	More   string // where they are; empty: there is no such page
}

// facets lists the facets that have values. What does not narrow the hits is shown too: it says what they are.
func (a address) facets(counts []retrieve.FacetCount) []facetView {
	var all []facetView
	for _, c := range counts {
		v := facetView{Name: c.Field, Others: c.Others}
		for _, one := range c.Values {
			v.Values = append(v.Values, a.value(c.Field, one))
		}
		if c.Others > 0 && len(c.Values) < manyFacetValues {
			v.More = a.with("facet_size", fmt.Sprint(manyFacetValues))
		}
		if len(v.Values) > 0 {
			all = append(all, v)
		}
	}
	return all
}

// manyFacetValues is how many values of a field the page shows to those who ask for more. Who wants one of still more
// types it into the query.
const manyFacetValues = 100

func (a address) value(field string, one retrieve.ValueCount) linkView {
	filter := query.Filter{Field: field, Values: []string{one.Value}}.String()
	others := slices.DeleteFunc(slices.Clone(a["filter"]), func(text string) bool {
		f, err := query.ParseFilter(text)
		return err == nil && f.Field == field && strings.EqualFold(f.String(), filter)
	})
	v := linkView{Text: one.Value, Count: one.Count, On: len(others) < len(a["filter"])}
	if !v.On {
		others = append(others, filter)
	}
	v.Link = a.with("filter", others...)
	return v
}

// checkFacets wants names that a filter can have.
func checkFacets(fields []string) error {
	if len(fields) > maxFacets {
		return fmt.Errorf("Config.Facets has %d fields: give at most %d", len(fields), maxFacets)
	}
	for _, field := range fields {
		if !query.IsName(field) {
			return fmt.Errorf("Config.Facets has %q: give the name of a field", field)
		}
	}
	return nil
}

func checkSorts(sorts []string) error {
	for _, text := range sorts {
		if !query.IsOrder(text) {
			return fmt.Errorf("Config.Sorts has %q: give the name of a field, with a minus in front for descending", text)
		}
	}
	return nil
}

// orders lists the orders that the page offers besides the one by relevance; none: there is no choice.
func (a address) orders(offered []string, now query.Sort) []linkView {
	if len(offered) == 0 {
		return nil
	}
	all := []linkView{{Text: "Relevance", On: now.Field == "", Link: a.with("sort")}}
	for _, text := range offered {
		sort, _ := query.ParseSort(text) // Config was checked
		all = append(all, linkView{Text: orderText(sort), On: sort == now, Link: a.with("sort", sort.String())})
	}
	return all
}

func orderText(s query.Sort) string {
	if s.Descending {
		return s.Field + ", descending"
	}
	return s.Field + ", ascending"
}

// A chipView is a condition on the search besides its words, with the address without it.
type chipView struct{ Text, Without string }

// chips lists the filters as they were sent, right or wrong, and an order that the page does not offer: whoever sees
// what a search is bound by can also be rid of it.
func (a address) chips(offered []string) []chipView {
	var all []chipView
	filters := a["filter"]
	for i, text := range filters {
		others := slices.Delete(slices.Clone(filters), i, i+1)
		all = append(all, chipView{filterText(text), a.with("filter", others...)})
	}
	for _, text := range a["sort"] {
		sort, err := query.ParseSort(text)
		switch {
		case err != nil:
			all = append(all, chipView{"sort: " + text, a.with("sort")})
		case sort.Field != "" && !slices.Contains(offered, sort.String()):
			all = append(all, chipView{"sort: " + orderText(sort), a.with("sort")})
		}
	}
	for i := range all {
		all[i].Text = strings.ToValidUTF8(all[i].Text, "\uFFFD")
	}
	return all
}

// filterText writes a filter for people: a single value without the quotes that it may need.
func filterText(text string) string {
	f, err := query.ParseFilter(text)
	if err != nil {
		return text
	}
	value := strings.TrimPrefix(f.String(), f.Field+":")
	if len(f.Values) == 1 && strings.TrimSpace(f.Values[0]) != "" {
		value = f.Values[0]
	}
	return f.Field + ": " + value
}

// A pagesView says which of the documents that match are on this page, and where the others are.
type pagesView struct {
	Total, From, To int    // From and To are places, 1 is the best; 0: the page is empty
	Previous, Next  string // addresses; empty: there is no such page
}

// pages finds the neighbours of the page that a is, with topN hits a page.
func (a address) pages(answer pipeline.Answer, topN int) pagesView {
	v := pagesView{Total: answer.Total}
	n, last := len(answer.Hits), answer.Offset+len(answer.Hits)
	if n > 0 {
		v.From, v.To = answer.Offset+1, last
	}
	if before := answer.Offset - topN; answer.Offset > 0 {
		v.Previous = a.with("offset") // the first page; from one beyond the last too
		if n > 0 && before > 0 {
			v.Previous = a.with("offset", fmt.Sprint(before))
		}
	}
	if n == topN && last < answer.Total && last+topN <= pipeline.MaxCandidates {
		v.Next = a.with("offset", fmt.Sprint(last))
	}
	return v
}
