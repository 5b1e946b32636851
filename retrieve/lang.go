package retrieve

import (
	"github.com/quern-search/quern/index"
)

// A query does not say which language it is in. So it is read in each that the index has documents in: "boiling eggs" is
// "boil egg" to English documents, and "boiling egg" to German ones, each of which is in one language. Every language is
// a collection of its own, with its own document frequencies, N and mean length: a document scores as it would in an
// index of its language alone, times a weight that its language has for this query (see weigh).
//
// The weight is there because statistics of two collections do not compare: "the" is no term in English, but a rare and
// so a heavy one in the few German texts that quote it. One collection of all languages, every reading of the query
// sought in all documents, needs no weights and mends it less: its nDCG@10 is up to .08 below each language's alone, and
// a document's score would depend on the texts in other languages. The price here: a word is looked up once a language.

// A reading is a query as one language reads it, over what a snapshot holds in that language.
type reading struct {
	formula
	lang       index.Lang
	langWeight float64  // 1, or see weigh
	terms      []clause // in the query's order; no two the same
}

// weigh finds how far the language is the query's: the share of the query's words that the language knows, as stop words
// or from its documents, squared. Squared, since the share alone still lets the names that languages have in common
// outweigh the right one: with twelve languages in an index, nDCG@10 stays within .006 of what each has alone, where the
// plain share loses up to .03 and no weight up to .18. In an index of one language, BM25 stands as it is: that language
// weighs 1.
func (q *reading) weigh(words int) {
	if len(q.terms) == 0 {
		return
	}
	read, unknown := 0, 0
	for _, c := range q.terms {
		read += c.count
		if c.df == 0 {
			unknown += c.count
		}
	}
	known := 1 - float64(unknown)/float64(max(words, read))
	q.langWeight = known * known
	for i := range q.terms {
		q.terms[i].weight *= q.langWeight
	}
}
