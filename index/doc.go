// Package index keeps the documents that a search runs over: stored as they came, and as postings of their words.
//
// It is a thin layer over Bleve (scorch). An [Index] is made by [Create], in memory or in a folder, and found again by
// [Open], which tells a missing index from a locked, a foreign and a damaged one. [Index.Put] is durable when it returns
// (commit.go, merge.go: what Bleve is kept from doing on a full disk); [Index.Update] writes only what differs.
//
// Title and body make one searched field (see schema.go), so that a BM25 length is that of the whole text. Each document
// is in one language, its own or the index's, which says what its terms are (analyzer.go). A long one is split into
// passages, at its headings and paragraphs (heading.go, split.go), each of which is searched by itself. What else a
// document carries can be asked for by its name and value (value.go).
//
// Read next: package index/corpus, which reads documents from files, and package retrieve, which searches them through
// an [Index.Snapshot].
package index
