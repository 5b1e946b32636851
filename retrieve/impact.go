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
// score in a segment through all changes, since a new mean moves scores and deletions only take postings away.
func impactsOf(docs, tfs, lengths []uint32) (impacts []impact) {
	var shortest [countedTFs]uint32 // by frequency: the shortest length, plus 1; 0: no posting
	var highest uint32
	for i, doc := range docs {
		highest = max(highest, tfs[i])
		at := &shortest[min(tfs[i], countedTFs-1)]
		if length := lengths[doc] + 1; *at == 0 || length < *at {
			*at = length
		}
	}
	least := ^uint32(0) // of the frequencies seen
	for tf := countedTFs - 1; tf > 0; tf-- {
		if length := shortest[tf]; length > 0 && length < least {
			least = length
			impacts = append(impacts, impact{uint32(tf), length - 1})
			if tf == countedTFs-1 {
				impacts[0].tf = highest
			}
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
