package index

import (
	"strings"

	"github.com/blevesearch/bleve/v2/document"
	bleveindex "github.com/blevesearch/bleve_index_api"
)

// What a document is made of inside Bleve. Built by hand and not through a Bleve mapping, since a mapping cannot
// join title and body into one field, nor store a field's length.
const (
	// TextField holds the terms of Document.Text, with frequencies and positions. Documents in other languages than the
	// index's own have theirs in a field of that language, whose name begins with this one: see Lang.
	TextField = "text"

	// storedField holds the document itself as JSON; it is not searched.
	storedField = "document"

	// lengthField has one term in every document that has text: the name of the field that the text is in. Its frequency
	// there is the number of terms of that text. One walk over one postings list so gives all lengths of a language, exact
	// at any size: Bleve's own norm reaches a reader as a float32 of 1/sqrt(length), which is exact only up to some four
	// million terms. And the terms of this field are the languages of the index.
	lengthField = "length"
)

// textField is the field for text in a language, and langIn the language of the text in a field.
func (x *Index) textField(lang string) string {
	if lang == x.lang {
		return TextField
	}
	return TextField + langSeparator + lang
}

func (x *Index) langIn(field string) string {
	if _, lang, ok := strings.Cut(field, langSeparator); ok {
		return lang
	}
	return x.lang
}

const langSeparator = ":"

// bleveDocument gives the form in which Bleve indexes d, whose encoding is data.
func (x *Index) bleveDocument(d Document, data []byte) *document.Document {
	lang := x.LangOf(d)
	text := document.NewTextFieldCustom(x.textField(lang), nil, []byte(d.Text()),
		bleveindex.IndexField|bleveindex.IncludeTermVectors, x.AnalyzerOf(lang))
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
	freq := &bleveindex.TokenFreq{Term: []byte(l.of.Name())}
	freq.SetFrequency(l.of.AnalyzedLength())
	l.freqs = bleveindex.TokenFrequencies{l.of.Name(): freq}
}

// AnalyzedLength is the number of distinct terms here, as for any field.
func (l *length) AnalyzedLength() int { return len(l.freqs) }

// AnalyzedTokenFrequencies is what Bleve writes.
func (l *length) AnalyzedTokenFrequencies() bleveindex.TokenFrequencies { return l.freqs }
