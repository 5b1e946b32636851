// Package retrieve finds the documents of an index that share words with a query, best first, by exact BM25.
//
// [New] gives a [BM25] over an index. [BM25.Search] does what a [Request] asks: a query in the language of package
// retrieve/query, filters, counts, another order. [BM25.Retrieve] ranks by words alone, which is what measurements
// compare; [BM25.Explain] also says how every score adds up. [BM25.Highlights] shows where it matched.
//
// # Exact
//
// The formula (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009) stands at
// [TermScore] and is computed as it stands there: true term frequencies, true lengths, counts of the documents alive now.
// So a score does not depend on the batches, deletions and merges by which an index came to hold its documents. Bleve's
// own "bm25" scoring differs in each of these points, which is why Bleve's postings are scored here.
//
// # Fast
//
// Most documents with a word of the query need not be scored, since they cannot be among the best k. MaxScore (Turtle and
// Flood, "Query Evaluation: Strategies and Optimizations", 1995) finds out which. Take "history of the zeppelin", and let
// no document get more than 1.1 for "history" and 9.3 for "zeppelin". As soon as k documents with scores above 1.1 are
// known, one with "history" alone is out of the question. From then on only the postings of "zeppelin", the essential
// term, are walked over; "history" is looked up in the documents that these lead to, and only where that can still change
// anything. As the worst of the best k gets better, fewer terms are essential. The result is the same as if all had been
// scored, and so are ties: of documents that score the same, the first by ID are taken.
//
// It needs three things. An upper bound a term: a few pairs of term frequency and length that no posting surpasses
// (impact.go), from which the bound follows for any k1, b and mean length. Postings that can be searched, not only
// walked: Bleve decodes its own one by one, so that those used last are kept decoded (postings.go). And documents in one
// order for all terms: the walk goes over 4,096 documents at a time, adds up the essential terms' shares for these, and
// then looks at the sums (maxscore.go; Lucene has windows too). So no more than a window of sums is ever held, however
// many documents match, and a query of thousands of words costs no more a posting than one of four.
//
// What is left takes less time than loading the documents found. Finer bounds, one a block of postings (block-max WAND),
// would shorten the smaller part.
//
// Nothing that is kept can become stale, because Bleve never changes a segment, the unit in which it keeps documents.
// Writes add segments and mark documents as deleted; bounds and postings hold for a segment for ever, and the counts that
// deletions change are kept together with the number of deletions they are for.
//
// # More than words
//
// Whatever else a request asks for, words alone make the score. Phrases, exclusions, fields and filters are conditions:
// sets of documents, found before the walk, that it looks at before it takes a document (condition.go, phrase.go,
// column.go). A prefix is one more term, whose occurrences are those of all terms that begin so (expand.go). A word that
// no document has may be a misspelling; the term that is nearest takes its place, and the result says so (correct.go).
// A word of the title may count more than once (boost.go). So a score is still the sum of its TermScores.
//
// # Passages
//
// Long documents are in the index as several passages (package index), and these are what BM25 ranks: df, N and lengths
// are those of passages. A document is found by its best one; the heap of the best k has one place a document, so that
// the walk is as quick as ever (collect.go). Conditions, counts and totals are about whole documents.
//
// # In several languages
//
// Each document is in one language, and each language a collection of its own: the query is read in every language that
// there is, and the formula takes df, N and mean length from the documents in that one. A weight says how far a language
// is the query's (lang.go). With it, the readings compete for the same k places, the likeliest language first.
//
// Read next: request.go and bm25.go, then search.go, lang.go and maxscore.go; what is shown of a candidate is in
// snippet.go, highlight.go and fragment.go. Package pipeline hands the candidates to a model.
package retrieve
