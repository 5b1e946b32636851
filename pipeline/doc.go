// Package pipeline answers searches: BM25 retrieves, a model judges the best of what was found, and the answer holds
// both, each under its own name. It is also the place to start reading quern, so here is the tour of the code.
//
// # What happens to a query
//
//	"keep herbs fresh"                                     pipeline.Query
//	  -> retrieve.BM25 ranks every document that shares    []retrieve.Candidate
//	     a word with it
//	  -> rerank.Scorer reads query and document together,  []rerank.Score
//	     for the best 50, and says how relevant each is
//	  -> Order blends and sorts, hits get snippets         pipeline.Answer
//	  -> web shows it as a page or JSON, cmd prints it
//
// The data flow one way. No step reaches back into the one before it, and each package knows only those above it in
// the list that follows.
//
// # The packages, bottom up
//
//   - index: an [index.Index] keeps each [index.Document] of a corpus, in memory or in a folder. Bleve does the
//     storing. Its subpackage index/corpus reads documents from files of many kinds.
//   - retrieve: exact BM25 over an index. Bleve finds the postings; the scores are computed here by the formula as it
//     stands in the literature, so that they can be checked by hand. It ends in a [retrieve.Candidate], which has a rank
//     and a score, and in Snippet, which shows why a document was found. Its subpackage retrieve/query reads what people
//     type and what programs filter by.
//   - rerank: the contract between a search and a model. A [rerank.Scorer] yields a [rerank.Score] for each document as
//     soon as it knows one. prompt.go writes what the model reads, and is the only place that does; rank.go is the trust
//     boundary: no score from anywhere is used before [rerank.Checked] has found it sound. [rerank.Probe] finds out
//     whether a model can tell right from wrong at all. The package imports the standard library only.
//   - rerank/qwen3: a Scorer that runs Qwen3-Reranker in this process. Below it, in internal, lies the arithmetic (tensor,
//     kernel), which is Go, and assembly where that pays.
//   - rerank/ollama and rerank/remote: Scorers that ask a server, one through Ollama's raw prompts, the other through any
//     rerank API. What they share with qwen3 (the tokenizer, forms of model files, control tokens) lies in rerank/internal.
//   - rerank/reranktest: the tests that every Scorer passes, and a Fake that goes wrong in every way a Scorer can.
//   - pipeline: this package; see below.
//   - pipeline/eval: measures answers against judgments that people made: nDCG and its kin, with confidence intervals,
//     for BM25 alone, the model alone, and both; tells a difference from chance, and tunes settings.
//   - web: the HTTP server, a search page and JSON APIs over a Pipeline. Its subpackage web/dialect knows every form in
//     which clients of other services ask to rerank, web/keyring who may ask and how much, and web/turns whose request a
//     model works on next: it stands in front of a Scorer, as one itself.
//   - cmd/quern: the command. It alone reads flags and the environment, and puts the parts together.
//   - fixtures: articles, judged queries and a small model, built into the program, so that all of it works offline.
//
// # This package
//
// types.go has what goes in and comes out; config.go the settings with their defaults; pipeline.go the main method,
// [Pipeline.Search], step by step, and rerank.go [Pipeline.Rerank], which judges documents that a caller brings.
// skip.go says which searches spare the models; fallback.go asks one model after the other, judge.go each of them, within
// its time; flight.go lets those who ask the same share one asking; cache.go remembers scores; order.go sorts; report.go
// explains.
//
// # The promise
//
// A search is always answered. A model may be missing, slow, stuck, out of reach, or say what cannot be; the answer
// then has what was judged in time in front, the rest in the order of BM25, and a [Status] and a reason that say so.
// Four rules keep it:
//
//   - A model works in a goroutine of its own. When its time has passed nobody waits for it, whether it heeds its
//     context or not. A model that never comes back is not asked again once 64 such goroutines are left behind.
//   - When a model fails or is over its time, the next of Config.Fallback judges everything anew in the time that is
//     left. Scores of two models share no scale, so an answer has those of one, and Rerank.Model names it. If none judges
//     all, the one that judged most counts.
//   - What a model yields goes through [rerank.Checked]. The scores before the first broken one count, what follows does not.
//   - Scores are cached by all that they depend on: the model's fingerprint, the instruction, the query and the text.
//     Who asks for the same while it is being judged waits for those scores, each within a time of their own; the model
//     is stopped when the last of them has gone.
//
// Only three things make Search return an error, since with them there is nothing to answer: a query whose settings
// cannot be, an index that cannot be read, and a caller who has gone.
//
// # Two scores
//
// BM25 is unbounded and means something only beside the other scores of its query; relevance is a probability. They
// are never added as they are: see Config.Blend for the one formula that brings them together, and [Order] for what it
// does to judged and unjudged hits. Sorting goes by logit where the model decides alone, since relevance prints as 1.0
// for documents that the model still tells apart.
package pipeline
