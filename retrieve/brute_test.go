package retrieve_test

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/blevesearch/bleve/v2/analysis"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve"
)

// A ranked is a document and the score that the formula gives it.
type ranked struct {
	id    string
	score float64
}

// A reference is BM25 as the formula is written, over all passages, with nothing of an index: what everything in this
// package is compared with. A passage's score is that in the collection of its language, times the language's weight; a
// document's that of its best passage.
type reference struct {
	index *index.Index           // whose languages and passages it goes by
	title float64                // how often a word of the title counts
	langs map[string]*collection // those in which there is any text
	docs  int                    // of all languages, those without text too
}

func newReference(docs []index.Document, x *index.Index) *reference {
	return newTitled(docs, x, 1)
}

// newTitled is newReference with a boost for titles.
func newTitled(docs []index.Document, x *index.Index, title float64) *reference {
	ref := &reference{index: x, title: title, langs: map[string]*collection{}, docs: len(docs)}
	byLang := map[string][]index.Document{}
	for _, d := range docs {
		byLang[x.LangOf(d)] = append(byLang[x.LangOf(d)], d)
	}
	for lang, docs := range byLang {
		if c := newCollection(docs, x, x.AnalyzerOf(lang), title); c.n > 0 {
			ref.langs[lang] = c
		}
	}
	return ref
}

// rank scores every document that has a term of the query.
func (ref *reference) rank(query string, k1, b float64) (list []ranked) {
	words := float64(len(ref.index.AnalyzerOf(index.AnyLang).Analyze([]byte(query))))
	for _, c := range ref.langs {
		weight := 1.0
		if len(ref.langs) > 1 {
			weight = c.weight(query, words)
		}
		for _, found := range c.rank(query, k1, b) {
			list = append(list, ranked{found.id, weight * found.score})
		}
	}
	slices.SortFunc(list, func(x, y ranked) int { return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.id, y.id)) })
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(r ranked) bool {
		worse := seen[r.id]
		seen[r.id] = true
		return worse
	})
}

// A collection is the part of a reference in one language.
type collection struct {
	analyzer analysis.Analyzer
	tf       map[unit]map[string]float64 // passage -> term -> occurrences
	length   map[unit]float64            // passage -> terms in all
	df       map[string]float64          // term -> passages that have it
	n, total float64                     // passages with text, terms of all
}

// A unit is a passage of a document.
type unit struct {
	id      string
	ordinal int
}

func newCollection(docs []index.Document, x *index.Index, a analysis.Analyzer, title float64) *collection {
	c := &collection{analyzer: a, tf: map[unit]map[string]float64{}, length: map[unit]float64{}, df: map[string]float64{}}
	for _, d := range docs {
		for i, p := range x.Split(d) {
			c.add(unit{d.ID, i}, d.PassageText(p), d.Title, title)
		}
	}
	return c
}

func (c *collection) add(u unit, text, title string, boost float64) {
	counts := map[string]float64{}
	for _, term := range c.terms(text) {
		counts[term]++
		c.length[u]++
	}
	for _, term := range c.terms(title) { // which are in text too
		counts[term] += boost - 1
		c.length[u] += boost - 1
	}
	for term := range counts {
		c.df[term]++
	}
	if c.length[u] > 0 {
		c.n++
		c.total += c.length[u]
	}
	c.tf[u] = counts
}

func (c *collection) terms(text string) (list []string) {
	for _, token := range c.analyzer.Analyze([]byte(text)) {
		list = append(list, string(token.Term))
	}
	return list
}

// weight is the share of a query's words that are not unknown, squared.
func (c *collection) weight(query string, words float64) float64 {
	terms, unknown := c.terms(query), 0.0
	for _, term := range terms {
		if c.df[term] == 0 {
			unknown++
		}
	}
	return math.Pow(1-unknown/max(words, float64(len(terms))), 2)
}

// rank scores the documents in no order.
func (c *collection) rank(query string, k1, b float64) (list []ranked) {
	terms := c.terms(query)
	for u, counts := range c.tf {
		score, found := 0.0, false
		for _, term := range terms {
			f := counts[term]
			if f == 0 {
				continue
			}
			found = true
			idf := math.Log(1 + (c.n-c.df[term]+0.5)/(c.df[term]+0.5))
			score += idf * f * (k1 + 1) / (f + k1*(1-b+b*c.length[u]/(c.total/c.n)))
		}
		if found {
			list = append(list, ranked{u.id, score})
		}
	}
	return list
}

// tolerance is the promise: scores are the formula's to within this.
const tolerance = 1e-9

// check compares the ranking of each query with the formula, for k from 1 to more than there are documents.
func check(t *testing.T, x *index.Index, docs []index.Document, queries []string, k1, b float64) {
	t.Helper()
	r, err := retrieve.New(x, retrieve.Config{K1: &k1, B: &b})
	if err != nil {
		t.Fatal(err)
	}
	checkAs(t, r, newReference(docs, x), queries, k1, b)
}

// checkAs is check for a BM25 that is at hand, so that what it remembers is put to the test.
func checkAs(t *testing.T, r *retrieve.BM25, ref *reference, queries []string, k1, b float64) {
	t.Helper()
	for _, query := range queries {
		want := ref.rank(query, k1, b)
		for _, k := range []int{1, 2, 10, 50, len(want), ref.docs + 1} {
			got, err := r.Retrieve(t.Context(), query, k)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, query, got, want, k)
		}
	}
}

func compare(t *testing.T, query string, got []retrieve.Candidate, want []ranked, k int) {
	t.Helper()
	if len(got) != min(k, len(want)) {
		t.Fatalf("%q: %d candidates, want the best %d of %d", query, len(got), k, len(want))
	}
	scores := map[string]float64{}
	for _, w := range want {
		scores[w.id] = w.score
	}
	for i, c := range got {
		if math.Abs(c.Score-want[i].score) > tolerance || math.Abs(c.Score-scores[c.Document.ID]) > tolerance || c.Rank != i+1 {
			t.Fatalf("%q, the best %d, place %d: %s with %v at rank %d, want %s with %v (this one has %v)",
				query, k, i+1, c.Document.ID, c.Score, c.Rank, want[i].id, want[i].score, scores[c.Document.ID])
		}
		if i > 0 && got[i-1].Score == c.Score && got[i-1].Document.ID >= c.Document.ID {
			t.Fatalf("%q, the best %d, place %d: %s stands before %s with the same score", query, k, i+1, got[i-1].Document.ID, c.Document.ID)
		}
	}
}

// live applies changes to documents as an index would: the later of one ID wins.
func live(docs ...index.Document) []index.Document {
	byID := map[string]index.Document{}
	for _, d := range docs {
		byID[d.ID] = d
	}
	return slices.Collect(maps.Values(byID))
}

// inLanguages gives documents languages by turns, none (the index's own) and one that is not known among them. Some of
// them come to the same terms for made-up words, some do not; and what stop words are differs.
func inLanguages(docs []index.Document, first int) []index.Document {
	docs = slices.Clone(docs)
	for i := range docs {
		docs[i].Fields = langField(first + i)
	}
	return docs
}

// langField gives the Fields of a document in one of several languages.
func langField(i int) map[string]any {
	lang := []string{"", "de", "en-GB", index.AnyLang, "de", "", "klingon", "th"}[i%8]
	if lang == "" {
		return nil
	}
	return map[string]any{"lang": lang}
}
