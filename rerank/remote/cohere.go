package remote

// Cohere's APIs: https://docs.cohere.com/reference/rerank. Version 1 is the form that most imitators took over.
// Its page recommends at most 1,000 documents a request, and there is no instruction.

const cohereLimit = 1000

func cohere1() dialect {
	return dialect{
		name:  "cohere1",
		path:  "/v1/rerank",
		hosts: cohereHosts(),
		keys:  cohereKeys(),
		needs: "rerank-v3.5",
		limit: cohereLimit,
		encode: func(q question) map[string]any {
			return flat(q, map[string]any{"top_n": len(q.documents), "return_documents": false})
		},
		decode: decodeResults,
	}
}

func cohere2() dialect {
	return dialect{
		name:  "cohere2",
		path:  "/v2/rerank",
		own:   true,
		hosts: cohereHosts(),
		keys:  cohereKeys(),
		needs: "rerank-v3.5",
		limit: cohereLimit,
		encode: func(q question) map[string]any { // it never returns documents, and has no key to say so
			return flat(q, map[string]any{"top_n": len(q.documents)})
		},
		decode: decodeResults,
	}
}

func cohereHosts() []string { return []string{"api.cohere.com", "api.cohere.ai"} }

// cohereKeys are the variables that Cohere's own clients and other people's read.
func cohereKeys() []string { return []string{"CO_API_KEY", "COHERE_API_KEY"} }
