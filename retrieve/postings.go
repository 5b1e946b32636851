package retrieve

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/quern-search/quern/index"
)

// A list is what is kept of one term of one language in one segment: its postings, and what follows from them. Nothing in
// it can become stale: see index.Segment.ID.
type list struct {
	index.Postings
	impacts []impact
	live    atomic.Uint64 // how many postings are of live documents (low half) at so many deletions (high half)
}

// df is the number of live documents in the list.
func (l *list) df(segment *index.Segment, field, term string) (int, error) {
	deletions := uint64(segment.Deletions())
	if deletions == 0 || len(l.Docs) == 0 {
		return len(l.Docs), nil
	}
	if live := l.live.Load(); live>>32 == deletions {
		return int(uint32(live)), nil
	}
	df, err := segment.DF(field, term)
	if err == nil {
		l.live.Store(deletions<<32 | uint64(df))
	}
	return df, err
}

// A posting read from Bleve takes some 25 ns, one from a cache 3; so what queries use most is kept there.
const (
	cacheBytes   = 64 << 20 // about all postings of 100,000 pages; the most common words of many more
	postingBytes = 8
	listBytes    = 250 // of a list without postings, and its place in the cache
)

// A cache holds what was last used of all segments together: lists, columns, lengths. What belongs to segments that are
// gone is asked for no more, and so makes room before others.
type cache struct {
	mu    sync.Mutex
	items *simplelru.LRU[cacheKey, item]
	bytes int // of items
	room  int // at most so many
}

// An item is what a cache holds: something that depends on its key alone, and its size in bytes.
type item struct {
	value any
	bytes int
}

type cacheKey struct {
	segment     uint64
	field, term string
}

func newCache(room int) *cache {
	c := &cache{room: room}
	// The number of items is not bounded, their size is.
	c.items, _ = simplelru.NewLRU(math.MaxInt, func(_ cacheKey, i item) { c.bytes -= i.bytes })
	return c
}

// cached gives what a key stands for, made by make if it is not here.
func cached[T any](c *cache, key cacheKey, make func() (T, int, error)) (T, error) {
	c.mu.Lock()
	i, ok := c.items.Get(key)
	c.mu.Unlock()
	if ok {
		return i.value.(T), nil // make's type is known by the key
	}
	value, bytes, err := make()
	if err == nil {
		c.add(key, item{value, bytes + len(key.field) + len(key.term)})
	}
	return value, err
}

func (c *cache) add(key cacheKey, i item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.items.Contains(key) { // another search has been here meanwhile
		return
	}
	c.items.Add(key, i)
	c.bytes += i.bytes
	for c.bytes > c.room {
		c.items.RemoveOldest()
	}
}

// list gives a term's list in a segment; its field is that of a language.
func (r *BM25) list(segment *index.Segment, lang index.Lang, term string) (*list, error) {
	return cached(r.cache, cacheKey{segment.ID, lang.Field, term}, func() (*list, int, error) {
		postings, err := r.boost.postings(segment, lang.Field, lang.TitleField, term)
		if err != nil {
			return nil, 0, fmt.Errorf("term %q: %w", term, err)
		}
		lengths, err := r.lengths(segment)
		l := &list{Postings: postings, impacts: impactsOf(postings.Docs, postings.TFs, lengths, r.boost.unit())}
		return l, listBytes + postingBytes*len(l.Docs), err
	})
}

// lengths gives those of a segment's passages, in the unit of the boost.
func (r *BM25) lengths(segment *index.Segment) ([]uint32, error) {
	if r.boost == noBoost {
		return segment.Lengths, nil
	}
	return cached(r.cache, cacheKey{segment: segment.ID}, func() ([]uint32, int, error) {
		lengths := r.boost.lengths(segment)
		return lengths, 4 * len(lengths), nil
	})
}
