package retrieve

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/quern-search/quern/index"
)

// A list is what is kept of one term of one language in one segment. Nothing in it can become stale: see index.Segment.ID.
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

// A cache holds the lists that were last used, of all segments together. Those of segments that are gone are asked for
// no more, and so make room before others.
type cache struct {
	mu    sync.Mutex
	lists *simplelru.LRU[cacheKey, *list]
	bytes int // of lists
	room  int // at most so many
}

type cacheKey struct {
	segment     uint64
	field, term string
}

func newCache(room int) *cache {
	c := &cache{room: room}
	// The number of lists is not bounded, their size is.
	c.lists, _ = simplelru.NewLRU(math.MaxInt, func(k cacheKey, l *list) { c.bytes -= k.size(l) })
	return c
}

func (k cacheKey) size(l *list) int { return listBytes + len(k.term) + postingBytes*len(l.Docs) }

// list gives a term's list in a segment, from Bleve if it is not here; field is that of the term's language.
func (c *cache) list(segment *index.Segment, field, term string) (*list, error) {
	key := cacheKey{segment.ID, field, term}
	c.mu.Lock()
	l, ok := c.lists.Get(key)
	c.mu.Unlock()
	if ok {
		return l, nil
	}
	postings, err := segment.Postings(field, term)
	if err != nil {
		return nil, fmt.Errorf("term %q: %w", term, err)
	}
	l = &list{Postings: postings, impacts: impactsOf(postings.Docs, postings.TFs, segment.Lengths)}
	c.add(key, l)
	return l, nil
}

func (c *cache) add(key cacheKey, l *list) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lists.Contains(key) { // another search has been here meanwhile
		return
	}
	c.lists.Add(key, l)
	c.bytes += key.size(l)
	for c.bytes > c.room {
		c.lists.RemoveOldest()
	}
}
