package retrieve

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"sort"

	"github.com/quern-search/quern/index"
)

// window is how many documents are looked at side by side: as many as have their sums in the processor's first cache.
const window = 4096

// slack makes up for rounding when bounds are added up: the sum of n shares is off by n * 2^-53 of itself at most, in
// whatever order they are added, and a query of a million words is the longest to be expected.
const slack = 1 + 1e-9

// A walk goes over the segments one by one, and in each over the documents in order, by MaxScore (Turtle and Flood). It
// does so once a language, whose terms and formula it has meanwhile: so bounds add up those terms alone that a document
// can have together.
type walk struct {
	formula
	best *topK

	// Of the present segment:
	number  int
	segment *index.Segment
	lengths []uint32
	scope   *scope
	cursors []cursor  // of the terms that it has, in the query's order
	byBound []*cursor // the same, lowest bound first
	reach   []float64 // reach[i] is what the i lowest bounds come to: a document with none of the other terms has no more

	// Of the present window:
	sums   [window]float64
	marked [window / 64]uint64 // which of sums are in use
}

// A cursor is one term's place in its list.
type cursor struct {
	*list
	weight float64
	bound  float64 // the highest share that the term has in any document here
	rank   int     // place in byBound
	at     int     // next posting to be looked at
	from   int     // first posting of the present window, or at
}

// over walks over the segment that the walk is in.
func (w *walk) over(ctx context.Context, terms []clause) error {
	w.begin(terms)
	for {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		essential := w.essential()
		start, ok := w.nextDoc(essential)
		if !ok {
			return nil
		}
		start -= start % window
		w.add(start, essential)
		w.finish(start, essential)
	}
}

// begin sets the cursors to the segment's beginning.
func (w *walk) begin(terms []clause) {
	w.cursors, w.byBound, w.reach = w.cursors[:0], w.byBound[:0], append(w.reach[:0], 0)
	for _, c := range terms {
		if l := c.lists[w.number]; l != nil && len(l.Docs) > 0 {
			w.cursors = append(w.cursors, cursor{list: l, weight: c.weight, bound: w.bound(c.weight, l.impacts)})
		}
	}
	for i := range w.cursors {
		w.byBound = append(w.byBound, &w.cursors[i])
	}
	slices.SortStableFunc(w.byBound, func(a, b *cursor) int { return cmp.Compare(a.bound, b.bound) })
	for i, c := range w.byBound {
		c.rank = i
		w.reach = append(w.reach, w.reach[i]+c.bound*slack)
	}
}

// essential is the rank from which on terms are essential: a document with none of these cannot be among the best, since
// all the others together do not reach the worst of them. It rises as better documents are found.
func (w *walk) essential() int {
	return sort.Search(len(w.byBound), func(rank int) bool { return w.best.mayTake(w.reach[rank+1]) })
}

// nextDoc is the next document that has an essential term.
func (w *walk) nextDoc(essential int) (doc uint32, ok bool) {
	for _, c := range w.byBound[essential:] {
		if c.at < len(c.Docs) && (!ok || c.Docs[c.at] < doc) {
			doc, ok = c.Docs[c.at], true
		}
	}
	return doc, ok
}

// add adds up the shares of the essential terms for the documents of a window, in the query's order.
func (w *walk) add(start uint32, essential int) {
	lengths := w.lengths
	for i := range w.cursors {
		c := &w.cursors[i]
		if c.rank < essential {
			continue
		}
		c.from = c.at
		for ; c.at < len(c.Docs); c.at++ {
			doc := c.Docs[c.at]
			place := doc - start
			if place >= window {
				break
			}
			w.sums[place] += w.score(c.weight, c.TFs[c.at], lengths[doc])
			w.marked[place/64] |= 1 << (place % 64)
		}
	}
}

// finish takes the documents of a window that may be among the best, and clears the window.
func (w *walk) finish(start uint32, essential int) {
	for i, word := range w.marked {
		for ; word != 0; word &= word - 1 {
			place := i*64 + bits.TrailingZeros64(word)
			sum := w.sums[place]
			w.sums[place] = 0
			if w.best.mayTake(sum*slack + w.reach[essential]) {
				w.offer(start+uint32(place), sum, essential)
			}
		}
		w.marked[i] = 0
	}
}

// offer adds the shares of the other terms to a document's sum, as long as it may still be among the best, and hands it on.
func (w *walk) offer(doc uint32, sum float64, essential int) {
	if essential > 0 {
		for rank := essential - 1; rank >= 0; rank-- {
			if tf := w.byBound[rank].seek(doc); tf > 0 {
				sum += w.score(w.byBound[rank].weight, tf, w.lengths[doc])
			}
			if !w.best.mayTake(sum*slack + w.reach[rank]) {
				return
			}
		}
		sum = w.exact(doc)
	}
	if w.best.mayTake(sum) && !w.segment.Deleted(doc) && w.scope.has(w.segment.Parent(doc)) {
		w.best.offer(hit{segment: w.number, doc: doc, score: sum})
	}
}

// exact is the score of a document that all cursors stand at or have in the present window. Floating-point sums depend on
// the order of their terms: the query's own makes equal documents score equal, whichever terms were essential when they
// were met.
func (w *walk) exact(doc uint32) (sum float64) {
	for i := range w.cursors {
		c := &w.cursors[i]
		near := c.Docs[c.from:min(c.at+1, len(c.Docs))]
		if at, ok := slices.BinarySearch(near, doc); ok {
			sum += w.score(c.weight, c.TFs[c.from+at], w.lengths[doc])
		}
	}
	return sum
}

// seek moves on to doc, and returns the term's frequency there. It leaps in growing steps and searches the last.
func (c *cursor) seek(doc uint32) (tf uint32) {
	low, step := c.at, 1
	for low+step < len(c.Docs) && c.Docs[low+step] < doc {
		low += step
		step *= 2
	}
	high := min(low+step+1, len(c.Docs))
	at, found := slices.BinarySearch(c.Docs[low:high], doc)
	c.at = low + at
	c.from = c.at
	if !found {
		return 0
	}
	return c.TFs[c.at]
}
