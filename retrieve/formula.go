package retrieve

import "math"

// idf is Lucene's: Robertson and Sparck Jones's weight with 1 added, so that it is never negative.
func idf(n, df int) float64 {
	return math.Log(1 + (float64(n-df)+0.5)/(float64(df)+0.5))
}

// A formula is BM25 (see TermScore.Score) for one language in one state of an index, with what does not depend on the
// document taken out, and but for the language's weight, which is a factor of the term's:
//
//	score = weight * tf / (tf + norm)    weight = count * idf * (k1+1)    norm = k1 * (1-b+b*length/average)
//
// It grows with tf and falls with the length, which is what the upper bounds in impact.go rest on. Where titles count
// more than once, tf, length, average and k1 are in hundredths (see boost), which leaves the score as it is.
type formula struct {
	k1, b, average float64
}

// score is the share of one term of a given weight. The conversions keep a compiler from fusing operations in one place
// and not in another: equal documents have equal scores, to the last bit.
func (f formula) score(weight float64, tf, length uint32) float64 {
	t, norm := float64(tf), f.k1*float64(1-f.b+float64(f.b*float64(length)/f.average))
	return weight * t / (t + float64(norm))
}
