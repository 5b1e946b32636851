// Package retrieve finds the documents of an index that share words with a query, best first, by exact BM25.
//
// [New] gives a [BM25] over an index; [BM25.Retrieve] ranks, [BM25.Explain] also says how every score adds up, and
// [BM25.Snippet] shows the passage that matched. The formula stands at [TermScore] and is computed as it stands there:
// true term frequencies, true lengths, counts of the documents alive now. So a score does not depend on the batches,
// deletions and merges by which an index came to hold its documents. Bleve's own "bm25" scoring differs in each of
// these points, which is why query.go walks Bleve's postings with a scorer of its own.
//
// Read next: bm25.go, then query.go and collect.go; package pipeline hands the candidates to a model.
package retrieve
