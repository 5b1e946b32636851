package retrieve

import "github.com/quern-search/quern/index"

// A Candidate is a document that BM25 found, before any model has read it.
type Candidate struct {
	Document index.Document
	Passage  index.Passage // the part of it that scores best; of a short document it is the whole body
	Rank     int           // 1 is the best
	Score    float64       // BM25 of the passage, unbounded, comparable only within one query
	Terms    []TermScore   // how Score adds up, in the query's order; nil unless asked for
}

// Text is what was searched and what a model should judge: title, headings and text of the passage.
func (c Candidate) Text() string { return c.Document.PassageText(c.Passage) }

// body is the passage's part of the document's body.
func (c Candidate) body() string {
	if c.Passage.To == 0 {
		return c.Document.Body
	}
	return c.Document.Body[c.Passage.From:c.Passage.To]
}

// A TermScore is the share of one query term in a candidate's BM25 score. TF, Length and AvgLength count a term in the
// title Config.TitleBoost times.
type TermScore struct {
	Term      string  // as the analyzer left it: lower-cased, stemmed; "boil*" for all terms that begin so, taken for one
	Count     int     // how often the query has it; its share counts so many times
	TF        float64 // occurrences in the passage
	DF        int     // passages in this one's language that have it; of most documents there is one
	N         int     // passages in that language that have any text
	IDF       float64 // ln(1 + (N-DF+0.5)/(DF+0.5))
	Length    float64 // terms in the passage
	AvgLength float64 // terms in the mean of the N passages
	Weight    float64 // 1 in an index of one language; else how far the document's language is the query's, from 0 to 1
	Score     float64 // Weight * Count * IDF * TF*(k1+1) / (TF + k1*(1-b+b*Length/AvgLength))
}
