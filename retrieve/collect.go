package retrieve

import (
	"cmp"
	"container/heap"
	"sort"

	"github.com/quern-search/quern/index"
)

// A hit is a passage on its way to becoming a candidate.
type hit struct {
	segment int    // place in Snapshot.Segments
	doc     uint32 // number in the segment
	score   float64
	id      string // of its document; empty until a tie asks for it: to read one costs more than to score a passage
}

// topK keeps the k best hits offered to it, at most one of a document; k is 1 or more. It is a heap.Interface whose root
// is the first hit to go.
type topK struct {
	k       int
	snap    *index.Snapshot
	hits    []hit
	grouped bool          // whether there are documents of several passages
	places  map[group]int // where in hits each document's passage is, if grouped
	err     error         // the first of reading IDs
}

// A group is a document.
type group struct {
	segment int
	parent  uint32
}

func (t *topK) groupOf(h *hit) group {
	return group{h.segment, t.snap.Segments[h.segment].Parent(h.doc)}
}

// mayTake tells whether a hit of this score can still be among the best; one that ties with the worst can, by its ID.
func (t *topK) mayTake(score float64) bool {
	return len(t.hits) < t.k || score >= t.hits[0].score
}

func (t *topK) offer(h hit) {
	if t.grouped {
		if t.places == nil {
			t.places = map[group]int{}
		}
		if i, ok := t.places[t.groupOf(&h)]; ok {
			if t.better(&h, &t.hits[i]) {
				t.hits[i].doc, t.hits[i].score = h.doc, h.score
				heap.Fix(t, i)
			}
			return
		}
	}
	switch {
	case len(t.hits) < t.k:
		heap.Push(t, h)
	case t.compare(&h, &t.hits[0]) < 0:
		if t.grouped {
			delete(t.places, t.groupOf(&t.hits[0]))
			t.places[t.groupOf(&h)] = 0
		}
		t.hits[0] = h
		heap.Fix(t, 0)
	}
}

// better tells whether passage a of a document is to be shown rather than b: it scores more, or as much and comes first.
func (t *topK) better(a, b *hit) bool {
	if a.score != b.score {
		return a.score > b.score
	}
	segment := t.snap.Segments[a.segment]
	return segment.Ordinal(a.doc) < segment.Ordinal(b.doc)
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

func (t *topK) Swap(i, j int) {
	t.hits[i], t.hits[j] = t.hits[j], t.hits[i]
	if t.grouped {
		t.places[t.groupOf(&t.hits[i])] = i
		t.places[t.groupOf(&t.hits[j])] = j
	}
}

func (t *topK) Push(h any) {
	t.hits = append(t.hits, h.(hit))
	if t.grouped {
		last := len(t.hits) - 1
		t.places[t.groupOf(&t.hits[last])] = last
	}
}

func (t *topK) Pop() any { panic("retrieve: hits are replaced, never taken out") }
