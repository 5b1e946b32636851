package index

import (
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	bleveindex "github.com/blevesearch/bleve_index_api"
)

// What a document is made of inside Bleve. Built by hand and not through a Bleve mapping, since a mapping cannot
// join title and body into one field, nor store a field's length.
const (
	// TextField holds the terms of Document.Text, with frequencies and positions.
	TextField = "text"

	// storedField holds the document itself as JSON; it is not searched.
	storedField = "document"

	// lengthField has one term, lengthTerm, in every document that has text. Its frequency there is the number of
	// terms of that text. One walk over one postings list so gives all lengths, exact at any size: Bleve's own norm
	// reaches a reader as a float32 of 1/sqrt(length), which is exact only up to some four million terms.
	lengthField = "length"
	lengthTerm  = "terms"
)

// newBleveDocument gives the form in which Bleve indexes d, whose encoding is data.
func newBleveDocument(d Document, data []byte, a analysis.Analyzer) *document.Document {
	text := document.NewTextFieldCustom(TextField, nil, []byte(d.Text()), bleveindex.IndexField|bleveindex.IncludeTermVectors, a)
	doc := document.NewDocument(d.ID)
	doc.AddField(text)
	doc.AddField(&length{TextField: document.NewTextFieldWithIndexingOptions(lengthField, nil, nil, bleveindex.IndexField), of: text})
	doc.AddField(document.NewTextFieldWithIndexingOptions(storedField, nil, data, bleveindex.StoreField))
	return doc
}

// A length is the field named lengthField. Bleve analyzes a document's fields in order, so that the text's length is
// known when its own turn comes.
type length struct {
	*document.TextField
	of    bleveindex.Field
	freqs bleveindex.TokenFrequencies
}

// Analyze takes the length over. A document without text has no length either: it is none of BM25's N documents.
func (l *length) Analyze() {
	if l.of.AnalyzedLength() == 0 {
		return
	}
	freq := &bleveindex.TokenFreq{Term: []byte(lengthTerm)}
	freq.SetFrequency(l.of.AnalyzedLength())
	l.freqs = bleveindex.TokenFrequencies{lengthTerm: freq}
}

// AnalyzedLength is the number of distinct terms here, as for any field.
func (l *length) AnalyzedLength() int { return len(l.freqs) }

// AnalyzedTokenFrequencies is what Bleve writes.
func (l *length) AnalyzedTokenFrequencies() bleveindex.TokenFrequencies { return l.freqs }
