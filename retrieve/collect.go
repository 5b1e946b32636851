package retrieve

import (
	"cmp"
	"container/heap"
	"slices"
)

// A hit is a document on its way to becoming a candidate.
type hit struct {
	segment int    // place in Snapshot.Segments
	doc     uint32 // number in the segment
	id      string
	score   float64
}

// compare orders hits best first. IDs break ties, since Bleve's own document numbers depend on how documents came in.
func (h hit) compare(other hit) int {
	return cmp.Or(cmp.Compare(other.score, h.score), cmp.Compare(h.id, other.id))
}

// topK keeps the k best hits offered to it; k is 1 or more.
type topK struct {
	k    int
	hits worstFirst
}

// mayTake tells whether a hit of this score can still be among the best; one that ties with the worst can, by its ID.
func (t *topK) mayTake(score float64) bool {
	return len(t.hits) < t.k || score >= t.hits[0].score
}

func (t *topK) offer(h hit) {
	switch {
	case len(t.hits) < t.k:
		heap.Push(&t.hits, h)
	case h.compare(t.hits[0]) < 0:
		t.hits[0] = h
		heap.Fix(&t.hits, 0)
	}
}

// ranked returns the hits, best first, and leaves t in no state to go on.
func (t *topK) ranked() []hit {
	slices.SortFunc(t.hits, hit.compare)
	return t.hits
}

// worstFirst is a heap.Interface whose root is the first to go.
type worstFirst []hit

func (w worstFirst) Len() int           { return len(w) }
func (w worstFirst) Less(i, j int) bool { return w[i].compare(w[j]) > 0 }
func (w worstFirst) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *worstFirst) Push(h any)        { *w = append(*w, h.(hit)) }
func (w *worstFirst) Pop() any {
	last := len(*w) - 1
	h := (*w)[last]
	*w = (*w)[:last]
	return h
}
