package retrieve

import (
	"cmp"
	"container/heap"
	"sort"

	"github.com/quern-search/quern/index"
)

// A hit is a document on its way to becoming a candidate.
type hit struct {
	segment int    // place in Snapshot.Segments
	doc     uint32 // number in the segment
	score   float64
	id      string // empty until a tie asks for it: to read one costs more than to score a document
}

// topK keeps the k best hits offered to it; k is 1 or more. It is a heap.Interface whose root is the first hit to go.
type topK struct {
	k    int
	snap *index.Snapshot
	hits []hit
	err  error // the first of reading IDs
}

// mayTake tells whether a hit of this score can still be among the best; one that ties with the worst can, by its ID.
func (t *topK) mayTake(score float64) bool {
	return len(t.hits) < t.k || score >= t.hits[0].score
}

func (t *topK) offer(h hit) {
	switch {
	case len(t.hits) < t.k:
		heap.Push(t, h)
	case t.compare(&h, &t.hits[0]) < 0:
		t.hits[0] = h
		heap.Fix(t, 0)
	}
}

// ranked returns the hits, best first, and leaves t in no state to go on.
func (t *topK) ranked() ([]hit, error) {
	sort.Sort(sort.Reverse(t))
	return t.hits, t.err
}

// compare orders hits best first. IDs break ties, since Bleve's own document numbers depend on how documents came in.
func (t *topK) compare(a, b *hit) int {
	if a.score != b.score {
		return cmp.Compare(b.score, a.score)
	}
	return cmp.Compare(t.idOf(a), t.idOf(b))
}

func (t *topK) idOf(h *hit) string {
	if h.id == "" && t.err == nil {
		h.id, t.err = t.snap.Segments[h.segment].DocID(h.doc)
	}
	return h.id
}

func (t *topK) Len() int           { return len(t.hits) }
func (t *topK) Less(i, j int) bool { return t.compare(&t.hits[i], &t.hits[j]) > 0 }
func (t *topK) Swap(i, j int)      { t.hits[i], t.hits[j] = t.hits[j], t.hits[i] }
func (t *topK) Push(h any)         { t.hits = append(t.hits, h.(hit)) }
func (t *topK) Pop() any           { panic("retrieve: hits are replaced, never taken out") }
