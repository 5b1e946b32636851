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

// A reference is BM25 as the formula is written, over all documents, with nothing of an index: what everything in this
// package is compared with.
type reference struct {
	analyzer analysis.Analyzer
	tf       map[string]map[string]float64 // document -> term -> occurrences
	length   map[string]float64            // document -> terms in all
	df       map[string]float64            // term -> documents that have it
	n, total float64                       // documents with text, terms of all
}

func newReference(docs []index.Document, a analysis.Analyzer) *reference {
	ref := &reference{analyzer: a, tf: map[string]map[string]float64{}, length: map[string]float64{}, df: map[string]float64{}}
	for _, d := range docs {
		counts := map[string]float64{}
		for _, term := range ref.terms(d.Text()) {
			counts[term]++
			ref.length[d.ID]++
		}
		for term := range counts {
			ref.df[term]++
		}
		if ref.length[d.ID] > 0 {
			ref.n++
			ref.total += ref.length[d.ID]
		}
		ref.tf[d.ID] = counts
	}
	return ref
}

func (ref *reference) terms(text string) (list []string) {
	for _, token := range ref.analyzer.Analyze([]byte(text)) {
		list = append(list, string(token.Term))
	}
	return list
}

// rank scores every document that has a term of the query.
func (ref *reference) rank(query string, k1, b float64) (list []ranked) {
	terms := ref.terms(query)
	for id, counts := range ref.tf {
		score, found := 0.0, false
		for _, term := range terms {
			f := counts[term]
			if f == 0 {
				continue
			}
			found = true
			idf := math.Log(1 + (ref.n-ref.df[term]+0.5)/(ref.df[term]+0.5))
			score += idf * f * (k1 + 1) / (f + k1*(1-b+b*ref.length[id]/(ref.total/ref.n)))
		}
		if found {
			list = append(list, ranked{id, score})
		}
	}
	slices.SortFunc(list, func(x, y ranked) int { return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.id, y.id)) })
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
	checkAs(t, r, newReference(docs, x.Analyzer()), queries, k1, b)
}

// checkAs is check for a BM25 that is at hand, so that what it remembers is put to the test.
func checkAs(t *testing.T, r *retrieve.BM25, ref *reference, queries []string, k1, b float64) {
	t.Helper()
	for _, query := range queries {
		want := ref.rank(query, k1, b)
		for _, k := range []int{1, 2, 10, 50, len(want), len(ref.tf) + 1} {
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
