package retrieve

import (
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

// sum is the count of n occurrences, of which title are in the title. Like what follows from it, it is for boosts that are
// not 1.
func (b boost) sum(n, title uint32) uint32 {
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
	lengths := make([]uint32, len(segment.Lengths))
	for i, n := range segment.Lengths {
		title := uint32(0)
		if segment.Titles != nil {
			title = segment.Titles[i]
		}
		lengths[i] = b.sum(n, title)
	}
	return lengths
}

// postings are a term's in the texts of a segment, with those in titles counted so often.
func (b boost) postings(segment *index.Segment, text, title, term string) (index.Postings, error) {
	p, err := segment.Postings(text, term)
	if b == noBoost || err != nil {
		return p, err
	}
	inTitle, err := segment.Postings(title, term)
	next := 0 // of inTitle, which is in the order of p
	for i, doc := range p.Docs {
		n := uint32(0)
		if next < len(inTitle.Docs) && inTitle.Docs[next] == doc {
			n = inTitle.TFs[next]
			next++
		}
		p.TFs[i] = b.sum(p.TFs[i], n)
	}
	return p, err
}
