package retrieve

import (
	"math/rand/v2"
	"testing"
)

// TestNoPostingSurpassesTheBound: nor is the bound higher than need be, as long as frequencies are told apart.
func TestNoPostingSurpassesTheBound(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 0))
	for _, highest := range []int{1, 2, 30, countedTFs - 1, countedTFs, countedTFs + 1, 1000} {
		for range 200 {
			var docs, tfs, lengths []uint32
			for doc := range 1 + random.IntN(40) {
				docs, tfs = append(docs, uint32(doc)), append(tfs, uint32(1+random.IntN(highest)))
				lengths = append(lengths, tfs[doc]+uint32(random.IntN(300)))
			}
			unit := []uint32{1, 1, 100}[random.IntN(3)]
			for i := range tfs {
				tfs[i], lengths[i] = tfs[i]*unit, lengths[i]*unit
			}
			impacts := impactsOf(docs, tfs, lengths, unit)
			for _, f := range []formula{{1.2, 0.75, 100}, {0.9, 0.4, 1}, {0, 0.75, 50}, {1.2, 0, 50}, {1.2, 1, 2000}, {1e6, 0.5, 80}} {
				best := 0.0
				for _, doc := range docs {
					best = max(best, f.score(3, tfs[doc], lengths[doc]))
				}
				bound := f.bound(3, impacts)
				if bound*slack < best || highest < countedTFs && bound > best*slack {
					t.Fatalf("frequencies up to %d, %+v: the bound is %v, the best score %v", highest, f, bound, best)
				}
			}
		}
	}
}

func TestAnEmptyListHasNoBound(t *testing.T) {
	if bound := (formula{1.2, 0.75, 10}).bound(1, impactsOf(nil, nil, nil, 1)); bound != 0 {
		t.Errorf("got %v", bound)
	}
}
