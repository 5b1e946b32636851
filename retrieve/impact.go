package retrieve

// An impact is a term frequency together with a text length: all that a term's share in a score depends on.
type impact struct {
	tf, length uint32
}

// countedTFs bounds the term frequencies that impactsOf tells apart. Larger ones are rare and come close to the same
// score, so that lumping them together loosens a bound by little.
const countedTFs = 64

// impactsOf returns a few impacts such that every posting scores at most what one of them does, whatever k1, b and the
// mean length are: of all postings with as many occurrences or more, the shortest text. They stand for the term's best
// score in a segment through all changes, since a new mean moves scores and deletions only take postings away. Where
// counts are in hundredths (see boost), those of as many whole occurrences are lumped together.
func impactsOf(docs, tfs, lengths []uint32, unit uint32) (impacts []impact) {
	var all [countedTFs]struct {
		highest  uint32 // frequency
		shortest uint32 // length, plus 1; 0: no posting
	}
	for i, doc := range docs {
		of := &all[min(tfs[i]/unit, countedTFs-1)]
		of.highest = max(of.highest, tfs[i])
		if length := lengths[doc] + 1; of.shortest == 0 || length < of.shortest {
			of.shortest = length
		}
	}
	least := ^uint32(0) // of the frequencies seen
	for i := len(all) - 1; i >= 0; i-- {
		if of := all[i]; of.shortest > 0 && of.shortest < least {
			least = of.shortest
			impacts = append(impacts, impact{of.highest, least - 1})
		}
	}
	return impacts
}

// bound is the highest score that a term of this weight has in any of the documents that the impacts are from.
func (f formula) bound(weight float64, impacts []impact) (highest float64) {
	for _, i := range impacts {
		highest = max(highest, f.score(weight, i.tf, i.length))
	}
	return highest
}
