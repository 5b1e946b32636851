package tune

import (
	"cmp"
	"context"
	"slices"
)

// choose returns the setting that is best on queries. Of equally good ones it takes the baseline, which is the first, or
// the one that comes first in the grid.
func (t *table) choose(ctx context.Context, queries []int) (int, error) {
	all := make([]int, len(t.settings))
	for i := range all {
		all[i] = i
	}
	if t.cfg.Halving {
		return t.halve(ctx, all, queries)
	}
	if err := t.learn(ctx, all, queries); err != nil {
		return 0, err
	}
	return t.ranked(all, queries)[0], nil
}

// leastQueries is how many queries the first round of halving has at least: with fewer, chance decides.
const leastQueries = 16

// halve gives every round the same work: half as many settings as the one before, and twice as many queries.
func (t *table) halve(ctx context.Context, settings, queries []int) (int, error) {
	n := len(queries)
	for left := len(settings); left > 1; left = (left + 1) / 2 {
		n = (n + 1) / 2
	}
	n = min(max(n, leastQueries), len(queries))
	for {
		round := queries[:n] // they are in random order
		if err := t.learn(ctx, settings, round); err != nil {
			return 0, err
		}
		settings = t.ranked(settings, round)
		if n == len(queries) {
			return settings[0], nil
		}
		settings = settings[:(len(settings)+1)/2]
		n = min(2*n, len(queries))
	}
}

// even is the difference below which two means are the same but for the order in which they were added up.
const even = 1e-9

// ranked orders settings by their means on queries, the best first.
func (t *table) ranked(settings, queries []int) []int {
	means := map[int]float64{}
	for _, s := range settings {
		means[s] = float64(int64(t.mean(s, queries)/even+0.5)) * even
	}
	ordered := slices.Clone(settings)
	slices.SortFunc(ordered, func(a, b int) int { return cmp.Or(cmp.Compare(means[b], means[a]), cmp.Compare(a, b)) })
	return ordered
}
