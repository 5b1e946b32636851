package retrieve

import (
	"context"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve/query"
)

// A condition is something besides words that a document must have, or must not.
type condition struct {
	not  bool
	find func(segment int) (*roaring.Bitmap, error) // the documents of a segment for which it holds, or would but for not
}

// A scope is which documents of a segment can be found, by the numbers of their first passages.
type scope struct {
	must *roaring.Bitmap // only these; nil: all
	not  *roaring.Bitmap // but not these; nil: none
}

func (s *scope) has(doc uint32) bool {
	return (s.must == nil || s.must.Contains(doc)) && (s.not == nil || !s.not.Contains(doc))
}

func (s *scope) add(docs *roaring.Bitmap, not bool) {
	switch {
	case not && s.not == nil:
		s.not = docs
	case not:
		s.not.Or(docs)
	case s.must == nil:
		s.must = docs
	default:
		s.must.And(docs)
	}
}

// titleName is the field of queries and filters that is not among Document.Fields: the words of the title.
const titleName = "title"

func isTitle(f query.Filter) bool { return strings.EqualFold(f.Field, titleName) }

// conditions lists what the query and the filters ask for besides words.
func (s *search) conditions(filters []query.Filter) (all []condition) {
	for _, c := range s.query.Clauses {
		if c.Kind != query.Words && c.Kind != query.Prefix || c.Not {
			all = append(all, condition{c.Not, s.meets(c)})
		}
	}
	for _, f := range filters {
		all = append(all, condition{false, s.meets(query.Clause{Kind: query.Field, Filter: f})})
	}
	return all
}

// Which field of a language has the terms: of the whole text, or of the title.
func bodyOf(lang index.Lang) string  { return lang.Field }
func titleOf(lang index.Lang) string { return lang.TitleField }

// meets finds the documents for which a clause holds.
func (s *search) meets(c query.Clause) func(segment int) (*roaring.Bitmap, error) {
	prefix, isPrefix := s.prefixOf(c)
	switch {
	case c.Kind == query.Field && !isTitle(c.Filter):
		return func(segment int) (*roaring.Bitmap, error) { return s.filtered(segment, c.Filter) }
	case isPrefix && c.Kind == query.Field:
		return s.begins(prefix, titleOf)
	case isPrefix:
		return s.begins(prefix, bodyOf)
	case c.Kind == query.Field:
		return s.titled(c.Filter, c.Not)
	}
	return s.says(c.Text, bodyOf, c.Not)
}

// titled finds the documents with one of the values of a filter in their titles, as a phrase; if it has none, those that
// have a title.
func (s *search) titled(f query.Filter, not bool) func(segment int) (*roaring.Bitmap, error) {
	return func(i int) (*roaring.Bitmap, error) {
		docs := roaring.New()
		values := f.Values
		if f.Prefix != "" { // one that is several terms, as in Chinese
			values = []string{f.Prefix}
		}
		for _, value := range values {
			some, err := s.says(value, titleOf, not)(i)
			if err != nil {
				return nil, err
			}
			docs.Or(some)
		}
		if len(values) > 0 {
			return docs, nil
		}
		segment := s.snap.Segments[i]
		for doc, length := range segment.Titles {
			if length > 0 {
				docs.Add(segment.Parent(uint32(doc)))
			}
		}
		return docs, nil
	}
}

// limit finds the scope of every segment.
func (s *search) limit(ctx context.Context, conditions []condition) error {
	for i := range s.snap.Segments {
		scope := &scope{}
		for _, c := range conditions {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			docs, err := c.find(i)
			if err != nil {
				return err
			}
			scope.add(docs, c.not)
		}
		s.scopes = append(s.scopes, scope)
	}
	return nil
}

// begins finds the documents with a term that a prefix stands for.
func (s *search) begins(prefix string, fieldOf func(index.Lang) string) func(segment int) (*roaring.Bitmap, error) {
	return func(i int) (*roaring.Bitmap, error) {
		docs, segment := roaring.New(), s.snap.Segments[i]
		for _, lang := range s.snap.Langs {
			terms, err := s.expand(lang, fieldOf(lang), prefix)
			if err != nil {
				return nil, err
			}
			for _, term := range terms {
				p, err := segment.Postings(fieldOf(lang), term)
				if err != nil {
					return nil, err
				}
				addParents(docs, segment, p.Docs)
			}
		}
		return docs, nil
	}
}

// addParents adds the documents that passages are from.
func addParents(docs *roaring.Bitmap, segment *index.Segment, passages []uint32) {
	if !segment.HasPassages() {
		docs.AddMany(passages)
		return
	}
	for _, p := range passages {
		docs.Add(segment.Parent(p))
	}
}
