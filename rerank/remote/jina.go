package remote

// jina is https://jina.ai/reranker, and the form of LocalAI, Xinference and many a gateway, so it is also what an
// unknown server is taken for when it answers {"results": [...]}. Jina states no limit of documents; the one here is that
// of its competitors. jina-reranker-v3 reads all documents of a request together, so its scores depend on the company.
func jina() dialect {
	return dialect{
		name:  "jina",
		path:  "/v1/rerank",
		hosts: []string{"api.jina.ai"},
		keys:  []string{"JINA_API_KEY"},
		needs: "jina-reranker-v2-base-multilingual",
		limit: 1000,
		encode: func(q question) map[string]any {
			return flat(q, map[string]any{"top_n": len(q.documents), "return_documents": false})
		},
		decode: decodeResults,
	}
}
