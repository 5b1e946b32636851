package index

import (
	"encoding/json"
	"fmt"
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
		doc.AddField(counts(i, text, title))
		if i == 0 {
			doc.AddField(document.NewTextFieldWithIndexingOptions(storedField, nil, data, bleveindex.StoreField))
			doc.AddField(values(d))
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

// A given is a field whose terms, with a frequency each, are not found in a text. Bleve analyzes a document's fields in
// order, so that the lengths of texts are known when the turn of those after them comes.
type given struct {
	*document.TextField
	fill  func(add func(term string, frequency int))
	freqs bleveindex.TokenFrequencies
}

func givenTerms(name string, fill func(add func(term string, frequency int))) *given {
	return &given{TextField: document.NewTextFieldWithIndexingOptions(name, nil, nil, bleveindex.IndexField), fill: fill}
}

// Analyze takes the terms over; those without a frequency are left out.
func (g *given) Analyze() {
	g.freqs = bleveindex.TokenFrequencies{}
	g.fill(func(term string, frequency int) {
		if frequency > 0 {
			freq := &bleveindex.TokenFreq{Term: []byte(term)}
			freq.SetFrequency(frequency)
			g.freqs[term] = freq
		}
	})
}

// AnalyzedLength is the number of distinct terms here, as for any field.
func (g *given) AnalyzedLength() int { return len(g.freqs) }

// AnalyzedTokenFrequencies is what Bleve writes.
func (g *given) AnalyzedTokenFrequencies() bleveindex.TokenFrequencies { return g.freqs }

// counts is the field countField of a passage. One without text has no length either: it is none of BM25's N documents.
func counts(passage int, of ...bleveindex.Field) *given {
	return givenTerms(countField, func(add func(string, int)) {
		for _, f := range of {
			add(f.Name(), f.AnalyzedLength())
		}
		add(passageField, passage)
	})
}

// values is the field valueField of a document, which has each value once.
func values(d Document) *given {
	terms := d.values()
	return givenTerms(valueField, func(add func(string, int)) {
		for _, term := range terms {
			add(term, 1)
		}
	})
}
