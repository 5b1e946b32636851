package eval

// Persistence is what RBO is usually given as p: the first 10 ranks then make up 86 % of the value.
const Persistence = 0.9

// RBO tells in 0..1 how alike two rankings are, and the more so the nearer to the top: rank-biased overlap,
// extrapolated to rankings without end (Webber, Moffat and Zobel 2010, RBO_EXT, equation 32). A reader goes on from
// each rank to the next with probability p, between 0 and 1; RBO is the agreement that the reader expects to see: the
// share that both rankings have in common down to the rank where reading ends. No ID stands in a ranking twice. Two
// empty rankings are alike; an empty one and another are not at all.
func RBO(a, b []string, p float64) float64 {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b) == 0 {
		return 1
	}
	if len(a) == 0 {
		return 0
	}
	var (
		seen      = map[string]bool{} // in one of the rankings so far
		common    float64             // in both so far
		ofShorter float64             // common at the end of the shorter ranking
		agreement float64
		weight    = 1.0 // p^(depth-1)
		sum       float64
		short     = float64(len(a))
	)
	meet := func(id string) {
		if seen[id] {
			common++
		}
		seen[id] = true
	}
	for i, id := range b {
		depth := float64(i + 1)
		meet(id)
		if i < len(a) {
			meet(a[i])
			ofShorter = common
			agreement = common / depth
		} else { // what the shorter one would go on with is taken to agree as it did so far
			agreement = (common-ofShorter)/depth + ofShorter/short
		}
		sum += (1 - p) * weight * agreement
		weight *= p
	}
	return min(1, sum+weight*agreement)
}

// MeanRBO returns the mean over queries of the RBO of two runs.
func MeanRBO(a, b Run, queries []Query, p float64) float64 {
	values := make([]float64, len(queries))
	for i, q := range queries {
		values[i] = RBO(ids(a[q.ID]), ids(b[q.ID]), p)
	}
	return mean(values)
}
