package retrieve

import "github.com/quern-search/quern/index"

// A Candidate is a document that BM25 found, before any model has read it.
type Candidate struct {
	Document index.Document
	Rank     int         // 1 is the best
	Score    float64     // BM25, unbounded, comparable only within one query
	Terms    []TermScore // how Score adds up, in the query's order; nil unless asked for
}

// A TermScore is the share of one query term in a candidate's BM25 score.
type TermScore struct {
	Term      string  // as the analyzer left it: lower-cased, stemmed
	Count     int     // how often the query has it; its share counts so many times
	TF        int     // occurrences in the document
	DF        int     // documents in this one's language that have it
	N         int     // documents in that language that have any text
	IDF       float64 // ln(1 + (N-DF+0.5)/(DF+0.5))
	Length    int     // terms in the document's text
	AvgLength float64 // terms in the mean of the N documents
	Weight    float64 // 1 in an index of one language; else how far the document's language is the query's, from 0 to 1
	Score     float64 // Weight * Count * IDF * TF*(k1+1) / (TF + k1*(1-b+b*Length/AvgLength))
}
