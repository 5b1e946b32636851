package dialect

// flat is DashScope's qwen3-rerank with everything at the top of the request, as its OpenAI-compatible address and its
// resellers have it, and at once what Cohere's version 1, Jina, vLLM, llama.cpp, LocalAI and Xinference took for their own.
// Its answer has the keys of all of them: see superset.
//
//	{"model", "query", "documents", "top_n", "instruct", "return_documents"}
func flat() Form {
	return Form{Name: "DashScope, flat", Limits: dashscopeLimits(), decode: decodeFlat, encode: superset(asObject)}
}

func decodeFlat(o *object) Job {
	return Job{
		Model:           o.text("model"),
		Task:            task(o, "documents"),
		TopN:            o.count("top_n", "top_k"),
		ReturnDocuments: o.flag("return_documents", false),
		MaxTokens:       o.count("max_tokens_per_doc"),
	}
}

// A supersetAnswer is one that nearly every client can read. It has no key object: some break without it being "rerank",
// and nobody needs it; and no key code, by which others know an error.
type supersetAnswer struct {
	RequestID string  `json:"request_id"`
	Output    results `json:"output"`
	ID        string  `json:"id"`
	Results   []item  `json:"results"`
	Data      []item  `json:"data"`
	Model     string  `json:"model"`
	Meta      meta    `json:"meta"`
	Usage     usage   `json:"usage"`
}

type results struct {
	Results []item `json:"results"`
}

// superset writes that answer, with documents in the form that echo gives them.
func superset(echo func(string) any) func(Job, Result) any {
	return func(j Job, r Result) any {
		all := items(j, r, echo)
		return supersetAnswer{r.RequestID, results{all}, r.RequestID, all, all, r.Model, metaOf("1", j, r), usageOf(r)}
	}
}
