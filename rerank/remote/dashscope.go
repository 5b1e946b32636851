package remote

// Alibaba's qwen3-rerank, in its own nested form and in the flat one for OpenAI's clients:
// https://www.alibabacloud.com/help/en/model-studio/text-rerank-api. Both take an instruction; its default ends in a
// period there and not here, so it is always sent.
const (
	dashscopeLimit  = 500
	dashscopeTokens = 120_000
)

func dashscope() dialect {
	return dialect{
		name: "dashscope",
		path: "/api/v1/services/rerank/text-rerank/text-rerank",
		own:  true,
		hosts: []string{
			"dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com", "dashscope-us.aliyuncs.com", // by region
			".dashscope.aliyuncs.com", ".maas.aliyuncs.com", // by region or workspace, in front
		},
		keys:     []string{"DASHSCOPE_API_KEY"},
		needs:    "qwen3-rerank",
		limit:    dashscopeLimit,
		tokens:   dashscopeTokens,
		instruct: "parameters.instruct",
		encode: func(q question) map[string]any {
			return map[string]any{
				"model":      q.model,
				"input":      map[string]any{"query": q.query, "documents": q.documents},
				"parameters": map[string]any{"top_n": len(q.documents), "return_documents": false, "instruct": q.instruct},
			}
		},
		decode: decodeOutput,
	}
}

// dashscopeCompatible is the same service under its other address, where requests and answers are flat.
func dashscopeCompatible() dialect {
	d := dashscope()
	d.name = "dashscope-compatible"
	d.path = "/compatible-api/v1/reranks"
	d.instruct = "instruct"
	d.encode = func(q question) map[string]any { // documents come back only for return_documents, which is no key of this form
		return flat(q, map[string]any{"top_n": len(q.documents), "instruct": q.instruct})
	}
	d.decode = decodeResults
	return d
}
