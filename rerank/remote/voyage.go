package remote

// voyage is https://docs.voyageai.com/reference/reranker-api: top_k in place of top_n, data in place of results. It takes
// 1,000 documents and 600,000 tokens in a request, and instructions only as part of the query, which is not done here.
func voyage() dialect {
	return dialect{
		name:   "voyage",
		path:   "/v1/rerank",
		hosts:  []string{"api.voyageai.com"},
		keys:   []string{"VOYAGE_API_KEY"},
		needs:  "rerank-2.5",
		limit:  1000,
		tokens: 600_000,
		encode: func(q question) map[string]any {
			return flat(q, map[string]any{"top_k": len(q.documents), "return_documents": false, "truncation": true})
		},
		decode: decodeData,
	}
}
