package retrieve

import (
	"math"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve/query"
)

// A column is what the documents of a segment have under the name of a field. Like postings, it cannot become stale.
type column []index.Value // in the order of their texts' bytes

// column gives a field's, from the cache if it is there.
func (r *BM25) column(segment *index.Segment, name string) (column, error) {
	return cached(r.cache, cacheKey{segment.ID, columnKey, name}, func() (c column, bytes int, err error) {
		for v, err := range segment.Values(name) {
			if err != nil {
				return nil, 0, err
			}
			c = append(c, v)
			bytes += valueBytes + len(v.Text) + 4*len(v.Docs)
		}
		return c, bytes + listBytes, nil
	})
}

const (
	columnKey  = "\x00column" // no name of a field of the index
	valueBytes = 64           // of a value without its text and documents
)

// filtered finds the documents of a segment that a filter lets through: those with a value that it matches.
func (s *search) filtered(i int, f query.Filter) (*roaring.Bitmap, error) {
	docs := roaring.New()
	c, err := s.column(s.snap.Segments[i], f.Field)
	if err != nil {
		return nil, err
	}
	matches := f.Matcher()
	for _, v := range c {
		if matches(v.Text) {
			docs.AddMany(v.Docs)
		}
	}
	return docs, nil
}

// A sortKey is by which of its values a document is sorted: a place in the order of all values of the field.
type sortKey = int

// noValue comes last, in whatever direction.
const noValue sortKey = math.MaxInt

// sortKeys finds the keys of all documents, one slice a segment. Of several values the one counts that comes first.
func (s *search) sortKeys(by query.Sort) ([][]sortKey, error) {
	columns := make([]column, len(s.snap.Segments))
	var texts []string
	for i, segment := range s.snap.Segments {
		c, err := s.column(segment, by.Field)
		if err != nil {
			return nil, err
		}
		columns[i] = c
		for _, v := range c {
			texts = append(texts, v.Text)
		}
	}
	places, sign := query.Places(texts), 1
	if by.Descending {
		sign = -1
	}
	keys := make([][]sortKey, len(columns))
	for i, c := range columns {
		keys[i] = make([]sortKey, len(s.snap.Segments[i].Lengths))
		for doc := range keys[i] {
			keys[i][doc] = noValue
		}
		for _, v := range c {
			place := sign * places[v.Text]
			for _, doc := range v.Docs {
				keys[i][doc] = min(keys[i][doc], place)
			}
		}
	}
	return keys, nil
}
