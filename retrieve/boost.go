package retrieve

import (
	"slices"

	"github.com/quern-search/quern/index"
)

// A boost says how often a word of the title counts, in hundredths: its occurrences, and its part of the length. So the
// title weighs more and the text is still one text with one length, as in BM25F with one b for both fields (Robertson,
// Zaragoza and Taylor, "Simple BM25 Extension to Multiple Weighted Fields", 2004). DF stays as it is.
//
// Whole numbers keep scores exact. With a boost of 1 nothing is scaled, and the title is not looked at by itself.
type boost uint32

const noBoost boost = 100

// unit is what an occurrence outside the title counts.
func (b boost) unit() uint32 {
	if b == noBoost {
		return 1
	}
	return uint32(noBoost)
}

// sum is the count of n occurrences, of which title are in the title.
func (b boost) sum(n, title uint32) uint32 {
	if b == noBoost {
		return n
	}
	return uint32(noBoost)*(n-title) + uint32(b)*title
}

// average is the mean length in a language, in the same unit.
func (b boost) average(lang index.Lang) float64 {
	if b == noBoost {
		return lang.Average()
	}
	title := float64(lang.TitleTerms)
	return (float64(noBoost)*(float64(lang.Terms)-title) + float64(b)*title) / float64(lang.Docs)
}

// lengths are those of a segment's passages.
func (b boost) lengths(segment *index.Segment) []uint32 {
	if b == noBoost || segment.Titles == nil {
		return b.scaled(segment.Lengths)
	}
	lengths := make([]uint32, len(segment.Lengths))
	for i, n := range segment.Lengths {
		lengths[i] = b.sum(n, segment.Titles[i])
	}
	return lengths
}

func (b boost) scaled(counts []uint32) []uint32 {
	if b == noBoost {
		return counts
	}
	scaled := slices.Clone(counts)
	for i := range scaled {
		scaled[i] *= uint32(noBoost)
	}
	return scaled
}

// postings are a term's in the texts of a segment, with those in titles counted so often.
func (b boost) postings(segment *index.Segment, text, title, term string) (index.Postings, error) {
	p, err := segment.Postings(text, term)
	if b == noBoost || err != nil {
		return p, err
	}
	p.TFs = b.scaled(p.TFs)
	inTitle, err := segment.Postings(title, term)
	for i, doc := range inTitle.Docs {
		if at, ok := slices.BinarySearch(p.Docs, doc); ok {
			p.TFs[at] = b.sum(p.TFs[at]/uint32(noBoost), inTitle.TFs[i])
		}
	}
	return p, err
}
