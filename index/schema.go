package index

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	bleveindex "github.com/blevesearch/bleve_index_api"
)

// What a document is made of inside Bleve: one Bleve document a passage. The first has the document's own ID, and holds
// all that is stored of it and the values of its fields; the others have IDs that begin with that one, see passageID.
// Built by hand and not through a Bleve mapping, since a mapping cannot join title and body into one field, nor store a
// field's length.
const (
	// TextField holds the terms of Document.PassageText, with frequencies and positions. Documents in other languages than
	// the index's own have theirs in a field of that language, whose name begins with this one: see Lang.
	TextField = "text"

	// TitleField holds those of the title alone, which are among the terms of TextField too; in every passage, as there.
	// Other languages have a field of their own likewise.
	TitleField = "title"

	// valueField holds the values of Document.Fields, as terms of valueTerm's form.
	valueField = "value"

	// storedField holds the document itself as JSON; it is not searched. passageField holds a Passage as JSON, where that
	// is not the whole document.
	storedField  = "document"
	passageField = "passage"

	// countField has numbers, each as the frequency of a term: under the name of a field of text, the number of terms in
	// it; under passageField, which passage of its document this is, from 1; the first has none. One walk over one postings
	// list so gives all lengths of a language, exact at any size: Bleve's own norm reaches a reader as a float32 of
	// 1/sqrt(length), which is exact only up to some four million terms. And the terms of this field are the languages of
	// the index.
	countField = "count"
)

// passageSeparator stands between a document's ID and the number of a passage. An ID, which is UTF-8, has no such byte.
// (Nor has it a byte 255; but what Bleve finds to begin with one has more in it than that.)
const passageSeparator = "\xfe"

// passageID is the ID of a document's nth passage inside Bleve.
func passageID(id string, n int) string {
	if n == 0 {
		return id
	}
	return id + passageSeparator + strconv.Itoa(n)
}

func isPassageID(id string) bool { return strings.Contains(id, passageSeparator) }

// inLang is the field for text in a language that begins with TextField or TitleField, and langIn the language of the
// text in a field.
func (x *Index) inLang(field, lang string) string {
	if lang == x.lang {
		return field
	}
	return field + langSeparator + lang
}

func (x *Index) langIn(field string) string {
	if _, lang, ok := strings.Cut(field, langSeparator); ok {
		return lang
	}
	return x.lang
}

const langSeparator = ":"

// bleveDocuments gives the form in which Bleve indexes d, whose encoding is data.
func (x *Index) bleveDocuments(d Document, data []byte) ([]*document.Document, error) {
	passages := x.passages.split(d)
	docs := make([]*document.Document, len(passages))
	lang := x.LangOf(d)
	analyzer := x.AnalyzerOf(lang)
	for i, p := range passages {
		text := textOf(x.inLang(TextField, lang), d.PassageText(p), analyzer)
		title := textOf(x.inLang(TitleField, lang), d.Title, analyzer)
		doc := document.NewDocument(passageID(d.ID, i))
		doc.AddField(text)
		doc.AddField(title)
		doc.AddField(&counts{TextField: termsOf(countField), of: []bleveindex.Field{text, title}, passage: i})
		if i == 0 {
			doc.AddField(document.NewTextFieldWithIndexingOptions(storedField, nil, data, bleveindex.StoreField))
			doc.AddField(&values{TextField: termsOf(valueField), of: d.values()})
		}
		if len(passages) > 1 {
			stored, err := json.Marshal(p)
			if err != nil {
				return nil, fmt.Errorf("passage: %w", err)
			}
			doc.AddField(document.NewTextFieldWithIndexingOptions(passageField, nil, stored, bleveindex.StoreField))
		}
		docs[i] = doc
	}
	return docs, nil
}

func textOf(name, text string, a analysis.Analyzer) *document.TextField {
	return document.NewTextFieldCustom(name, nil, []byte(text), bleveindex.IndexField|bleveindex.IncludeTermVectors, a)
}

// termsOf is a field whose terms are given and not found in a text.
func termsOf(name string) *document.TextField {
	return document.NewTextFieldWithIndexingOptions(name, nil, nil, bleveindex.IndexField)
}

// A counts is the field countField of a passage. Bleve analyzes a document's fields in order, so that the lengths of
// texts are known when its own turn comes.
type counts struct {
	*document.TextField
	of      []bleveindex.Field
	passage int
	freqs   bleveindex.TokenFrequencies
}

// Analyze takes the counts over. A passage without text has no length either: it is none of BM25's N documents.
func (c *counts) Analyze() {
	c.freqs = bleveindex.TokenFrequencies{}
	for _, f := range c.of {
		c.count(f.Name(), f.AnalyzedLength())
	}
	c.count(passageField, c.passage)
}

func (c *counts) count(term string, n int) {
	if n > 0 {
		freq := &bleveindex.TokenFreq{Term: []byte(term)}
		freq.SetFrequency(n)
		c.freqs[term] = freq
	}
}

// AnalyzedLength is the number of distinct terms here, as for any field.
func (c *counts) AnalyzedLength() int { return len(c.freqs) }

// AnalyzedTokenFrequencies is what Bleve writes.
func (c *counts) AnalyzedTokenFrequencies() bleveindex.TokenFrequencies { return c.freqs }

// A values is the field valueField of a document.
type values struct {
	*document.TextField
	of    []string
	freqs bleveindex.TokenFrequencies
}

// Analyze takes the values over, each once.
func (v *values) Analyze() {
	v.freqs = bleveindex.TokenFrequencies{}
	for _, term := range slices.Compact(slices.Sorted(slices.Values(v.of))) {
		freq := &bleveindex.TokenFreq{Term: []byte(term)}
		freq.SetFrequency(1)
		v.freqs[term] = freq
	}
}

// AnalyzedLength is the number of distinct terms here, as for any field.
func (v *values) AnalyzedLength() int { return len(v.freqs) }

// AnalyzedTokenFrequencies is what Bleve writes.
func (v *values) AnalyzedTokenFrequencies() bleveindex.TokenFrequencies { return v.freqs }
