// Package ollama asks a Qwen3-Reranker that an Ollama server has loaded.
//
// Ollama has no rerank call, but it can read a prompt as it stands and answer how likely the next token is, for the
// twenty likeliest. That is enough: quern writes the whole prompt of package rerank, asks for one token, and takes the
// log probabilities of "yes" and "no". [Open] finds out first whether that will work, and its errors say what to do
// where it will not. A [Client] is a rerank.Scorer.
//
// What a server that parses raw prompts gets wrong is put right here: texts that spell control tokens lose that power
// (package control), and texts are cut to the context before they are sent (fit.go), since Ollama would cut the middle out of
// the prompt without a word.
//
// Running the same file in process (package rerank/qwen3) gives the same scores many times faster; this package is for
// those whose models live in Ollama, on another machine perhaps. How to read it: client.go opens, model.go is what the
// server told, score.go keeps the server busy, ask.go asks about one document, logit.go reads the answer, trouble.go says
// what is wrong. pull.go lets the server fetch a model.
package ollama
