package retrieve_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/retrieve/query"
)

// An oracle answers requests as they are documented, with nothing of an index but how it splits texts: it looks at every
// passage of every document.
type oracle struct {
	index  *index.Index
	boost  float64
	shelfs map[string]*shelf // by language
	docs   []*volume
}

// A shelf is what there is in one language.
type shelf struct {
	lang     string
	n, total float64 // passages with text, and their terms
	pages    []*page
}

// A volume is a document.
type volume struct {
	index.Document
	shelf *shelf
	pages []*page
}

// A page is a passage: its terms, and how many of the first are the title's.
type page struct {
	passage      index.Passage
	terms, title []term
	length       float64
}

// A term stands at a place in a text.
type term struct {
	text  string
	place int
}

func newOracle(docs []index.Document, x *index.Index, boost float64) *oracle {
	o := &oracle{index: x, boost: boost, shelfs: map[string]*shelf{}}
	for _, d := range docs {
		lang := x.LangOf(d)
		s := o.shelfs[lang]
		if s == nil {
			s = &shelf{lang: lang}
			o.shelfs[lang] = s
		}
		v := &volume{Document: d, shelf: s}
		for _, passage := range x.Split(d) {
			p := &page{passage: passage, terms: o.terms(lang, d.PassageText(passage)), title: o.terms(lang, d.Title)}
			p.length = float64(len(p.terms)) + (boost-1)*float64(len(p.title))
			if len(p.terms) > 0 {
				s.n++
				s.total += p.length
			}
			v.pages, s.pages = append(v.pages, p), append(s.pages, p)
		}
		o.docs = append(o.docs, v)
	}
	maps.DeleteFunc(o.shelfs, func(_ string, s *shelf) bool { return s.n == 0 })
	return o
}

func (o *oracle) terms(lang, text string) (list []term) {
	for _, t := range o.index.AnalyzerOf(lang).Analyze([]byte(text)) {
		list = append(list, term{string(t.Term), t.Position})
	}
	return list
}

// An asked is what a query asks to count in one language: a term, or all that begin in one of these ways.
type asked struct {
	term     string
	prefixes []string
}

func (a asked) is(text string) bool {
	begins := func(prefix string) bool { return strings.HasPrefix(text, prefix) }
	return text == a.term || slices.ContainsFunc(a.prefixes, begins)
}

func (a asked) in(terms []term) (n float64) {
	for _, t := range terms {
		if a.is(t.text) {
			n++
		}
	}
	return n
}

// prefixOf is a prefix that is one word.
func (o *oracle) prefixOf(c query.Clause) (string, bool) {
	words := o.terms(index.AnyLang, c.Text+c.Filter.Prefix)
	isPrefix := c.Kind == query.Prefix || c.Kind == query.Field && c.Filter.Field == "title" && c.Filter.Prefix != ""
	if !isPrefix || len(words) != 1 {
		return "", false
	}
	return words[0].text, true
}

// stand is what a prefix stands for in a language: what begins so, or as the language writes it; else the longest term
// that is left of it without up to four letters.
func (o *oracle) stand(s *shelf, prefix string, of func(*page) []term) asked {
	known := func(a asked) bool {
		return slices.ContainsFunc(s.pages, func(p *page) bool { return a.in(of(p)) > 0 })
	}
	all := asked{prefixes: []string{prefix}}
	if own := o.terms(s.lang, prefix); len(own) == 1 && utf8.RuneCountInString(own[0].text) >= utf8.RuneCountInString(prefix) {
		all.prefixes = append(all.prefixes, own[0].text)
	}
	letters := []rune(prefix)
	for n := len(letters) - 1; !known(all) && n >= len(letters)-4 && n > 1; n-- {
		if stem := (asked{term: string(letters[:n])}); len(stem.term) > 2 && known(stem) {
			return stem
		}
	}
	return all
}

func inText(p *page) []term  { return p.terms }
func inTitle(p *page) []term { return p.title }

// wordsOf is what a clause says of a text.
func wordsOf(c query.Clause) string {
	if c.Kind == query.Field && c.Filter.Field != "title" {
		return ""
	}
	return strings.Join(append([]string{c.Text, c.Filter.Prefix}, c.Filter.Values...), " ")
}

// asks lists what a query asks to count in a language, in its order.
func (o *oracle) asks(q query.Query, s *shelf) (list []asked) {
	for _, c := range q.Clauses {
		if c.Not {
			continue
		}
		if prefix, ok := o.prefixOf(c); ok {
			list = append(list, o.stand(s, prefix, inText))
			continue
		}
		for _, t := range o.terms(s.lang, wordsOf(c)) {
			list = append(list, asked{term: t.text})
		}
	}
	return list
}

// score is a passage's for what is asked, and whether it has any of it.
func (o *oracle) score(s *shelf, p *page, list []asked, words int) (score float64, found bool) {
	unknown := 0.0
	for _, a := range list {
		df := 0.0
		for _, other := range s.pages {
			df += min(1, a.in(other.terms))
		}
		if df == 0 {
			unknown++
		}
		if tf := a.in(p.terms) + (o.boost-1)*a.in(p.title); a.in(p.terms) > 0 {
			found = true
			idf := math.Log(1 + (s.n-df+0.5)/(df+0.5))
			score += idf * tf * 2.2 / (tf + 1.2*(1-0.75+0.75*p.length/(s.total/s.n)))
		}
	}
	if len(o.shelfs) > 1 && found {
		score *= math.Pow(1-unknown/float64(max(words, len(list))), 2)
	}
	return score, found
}

// holds tells whether a clause that is more than words holds of a document.
func (o *oracle) holds(c query.Clause, v *volume) bool {
	has := func(of func(*page) []term, has func([]term) bool) bool {
		return slices.ContainsFunc(v.pages, func(p *page) bool { return has(of(p)) })
	}
	of, texts := inText, []string{c.Text}
	if c.Kind == query.Field {
		of, texts = inTitle, slices.Concat(c.Filter.Values, strings.Fields(c.Filter.Prefix))
	}
	prefix, isPrefix := o.prefixOf(c)
	switch {
	case c.Kind == query.Field && c.Filter.Field != "title":
		return slices.ContainsFunc(valuesOf(v.Document, c.Filter.Field), c.Filter.Match)
	case isPrefix:
		return has(of, func(terms []term) bool { return o.stand(v.shelf, prefix, of).in(terms) > 0 })
	case len(texts) == 0:
		return has(of, func(terms []term) bool { return len(terms) > 0 })
	}
	return slices.ContainsFunc(texts, func(text string) bool {
		phrase := o.terms(v.shelf.lang, text)
		if len(phrase) == 0 { // of stop words: every text has it, none is left out for it
			return !c.Not && has(inText, func(terms []term) bool { return len(terms) > 0 })
		}
		return has(of, func(terms []term) bool { return says(terms, phrase) })
	})
}

// says tells whether a phrase is in a text: all its terms, as far from each other.
func says(text, phrase []term) bool {
	return slices.ContainsFunc(text, func(first term) bool {
		return !slices.ContainsFunc(phrase, func(t term) bool {
			return !slices.Contains(text, term{t.text, first.place + t.place - phrase[0].place})
		})
	})
}

// valuesOf is what a test's documents have under a name: a value, or a list of them.
func valuesOf(d index.Document, name string) (texts []string) {
	if name == "url" && d.URL != "" {
		return []string{d.URL}
	}
	list, isList := d.Fields[name].([]any)
	if one, ok := d.Fields[name]; ok && !isList {
		list = []any{one}
	}
	for _, value := range list {
		if text := fmt.Sprint(value); text != "" && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}

// A foretold is a document that is to be found.
type foretold struct {
	*volume
	score  float64
	scores []float64 // of its passages
	key    string    // by which it is sorted; empty: last
}

func (o *oracle) search(q query.Query, r retrieve.Request) (list []foretold) {
	conditions := slices.DeleteFunc(slices.Clone(q.Clauses), func(c query.Clause) bool {
		return !c.Not && (c.Kind == query.Words || c.Kind == query.Prefix)
	})
	for _, f := range r.Filters {
		conditions = append(conditions, query.Clause{Kind: query.Field, Filter: f})
	}
	browse := q.Text() == "" && len(conditions) > 0
	words := len(o.terms(index.AnyLang, q.Text()))
	for _, v := range o.docs {
		one, found := foretold{volume: v}, browse
		asks := o.asks(q, v.shelf)
		for _, p := range v.pages {
			score, has := o.score(v.shelf, p, asks, words)
			found = found || has
			one.score, one.scores = max(one.score, score), append(one.scores, score)
		}
		values := valuesOf(v.Document, r.Sort.Field)
		if len(values) > 0 {
			one.key = slices.MinFunc(values, r.Sort.Compare)
		}
		wrong := func(c query.Clause) bool { return o.holds(c, v) == c.Not }
		if found && !slices.ContainsFunc(conditions, wrong) {
			list = append(list, one)
		}
	}
	slices.SortFunc(list, func(a, b foretold) int {
		return cmp.Or(r.Sort.Compare(a.key, b.key), cmp.Compare(b.score, a.score), cmp.Compare(a.ID, b.ID))
	})
	return list
}
