// Package tune finds good settings of a search, and says honestly how good they are.
//
// A [Setting] is one way to search; a [Grid] has values to try for each of its parts. [Run] tries them on judged
// queries. The best of a hundred settings looks better on the queries that chose it than it is, so the figure that
// counts is held out: the queries are split into folds, each fold is ranked with what was best on the others, and the
// result is compared with the baseline by the tests of package eval (cross-validation, Stone 1974). The setting that is
// recommended is the best over all queries.
//
// A model is asked once for each pair of a query and a text, however many settings there are: settings that differ in
// blend, window or least relevance share a search, and [eval.Store] keeps scores where another search finds the same
// text. With halving (Karnin, Koren and Somekh 2013), bad settings are given up after a few queries.
//
// How to read it: setting.go, values.go (what a setting is worth on a query), choose.go (grid and halving), tune.go
// (folds and result), threshold.go (a least relevance for a wanted precision).
package tune
