// Package eval measures how good the answers of a pipeline are, against judgments that people made.
//
// A [Dataset] is a folder in BEIR's layout: a corpus, queries, and qrels, which say how relevant which document is to
// which query. [Evaluate] asks a pipeline every query once, orders each answer under the weights that are to be
// compared (BM25 alone, the model alone, both), and reports the mean of each [Metric] with a confidence interval.
//
// Data are seldom clean: what a reader could not make sense of is a warning with file and line beside the numbers,
// never dropped in silence and never a reason to stop.
//
// Whether one system is better than another, or only looks so on these queries, is what [Compare] tells: a mean
// difference with its interval, tests of significance, and the least difference that so many queries can show. [Gate] asks
// the same of one system, today and when its baseline was made.
//
// Package tune, below this one, looks for better settings and says honestly how much better they are.
//
// Judgments come in the forms of many tools, and go back into them: see [Form]. So do runs, which are what a system
// answered: see [ReadRun].
//
// How to read it: dataset.go (with queries.go and qrels.go), metrics.go (with measures.go), bootstrap.go, evaluate.go,
// report.go, paired.go (with significance.go), gate.go; store.go keeps the scores of a model for the next time. Runs
// are in run.go and rbo.go, the forms of other tools in judgments.go, trec.go,
// quepid.go, rankeval.go and jsonl.go.
package eval
