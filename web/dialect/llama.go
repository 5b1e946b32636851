package dialect

// llama is what llama.cpp's server, and Kronk after it, take at /reranking. The first never gives documents back, the
// other as strings.
func llama() Form {
	return Form{Name: "llama.cpp", Limits: Limits{Documents: 1000}, decode: decodeFlat, encode: superset(asString)}
}
